import { createSharingBuilder } from "../builder.ts";
import { createOps, type Ops } from "../ops.ts";
import { type Node, type Operation, type OperationOf, type OpName, type Stage, stageOf, type Tensor } from "../program.ts";
import type { Shape } from "../shape.ts";

/** What a rewriting rule works with. `ops` rewrites what it builds, too. */
export interface Context {
  readonly ops: Ops;
  readonly nodes: readonly Node[];
  /** Operand `position` of a node. */
  input(node: Node, position: number): Node;
  stage(node: Node): Stage;
}

/** A simpler node of the same value, or undefined where the rule has nothing to say. */
export type Rewrite<K extends OpName = OpName> = (c: Context, operation: OperationOf<K>, inputs: readonly Node[], shape: Shape) => Node | undefined;

/** A node as the operation it is, or undefined. */
export function as<K extends OpName>(node: Node, op: K): (Node & { readonly operation: OperationOf<K> }) | undefined {
  return node.operation.op === op ? (node as Node & { operation: OperationOf<K> }) : undefined;
}

/** Builds nodes through `rewrite`, sharing equal ones. */
export function createContext(rewrite: (c: Context, operation: Operation, inputs: readonly Node[]) => Node | undefined): Context {
  const builder = createSharingBuilder();
  const stages: Stage[] = [];
  const add = (operation: Operation, inputs: readonly Tensor[]): Node => {
    const operands = inputs.map((x) => builder.nodes[x.id]!);
    const simpler = rewrite(context, operation, operands);
    if (simpler !== undefined) return simpler;
    const node = builder.add(operation, inputs);
    stages[node.id] ??= stageOf(
      operation,
      node.inputs.map((x) => stages[x]!),
    );
    return node;
  };
  const context: Context = {
    ops: createOps({ nodes: builder.nodes, add }),
    nodes: builder.nodes,
    input: (node, position) => builder.nodes[node.inputs[position]!]!,
    stage: (node) => stages[node.id]!,
  };
  return context;
}
