import { infer } from "./infer.ts";
import { type Node, type Operation, ProgramError, type Tensor } from "./program.ts";

/** A growing SSA list. */
export interface Builder {
  readonly nodes: Node[];
  add(operation: Operation, inputs: readonly Tensor[]): Node;
}

/** Appends every operation as a new node. */
export function createBuilder(): Builder {
  const nodes: Node[] = [];
  return {
    nodes,
    add: (operation, inputs) => {
      for (const input of inputs) {
        if (nodes[input.id] !== input) throw new ProgramError(`${operation.op}: a tensor of another program was given`);
      }
      const node: Node = { id: nodes.length, operation, inputs: inputs.map((x) => x.id), ...infer(operation, inputs) };
      nodes.push(node);
      return node;
    },
  };
}

/** Gives equal operations on equal operands the same node: common subexpressions are computed once. */
export function createSharingBuilder(): Builder {
  const builder = createBuilder();
  const known = new Map<string, Node>();
  return {
    nodes: builder.nodes,
    add: (operation, inputs) => {
      const key = keyOf(operation, inputs);
      const node = known.get(key) ?? builder.add(operation, inputs);
      known.set(key, node);
      return node;
    },
  };
}

function keyOf(operation: Operation, inputs: readonly Tensor[]): string {
  const ids = inputs.map((x) => x.id);
  if (operation.op === "add" || operation.op === "mul") ids.sort((a, b) => a - b);
  const attributes = JSON.stringify(operation, (_, value: unknown) => (typeof value === "number" ? exact(value) : value));
  return `${attributes}(${ids.join()})`;
}

/** JSON has one zero and no infinities; these must stay apart. */
function exact(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}
