import { createBuilder } from "../builder.ts";
import { isAddend } from "../infer.ts";
import type { Node, OperationOf, Program } from "../program.ts";
import { sameShape } from "../shape.ts";
import { as } from "./context.ts";
import { stagesOf } from "./stages.ts";

/**
 * add(x, a·b) → matmulAdd(x, a, b) where the product is used only here and computed as often as the sum: biases, gradients over time steps
 * and sums of products need neither a buffer nor a pass of their own. Expects a program without dead code.
 */
export function accumulate(program: Program): Program {
  const uses = countUses(program);
  const stages = stagesOf(program.nodes);
  const terms = new Map<number, Accumulation>();
  const folded = new Set<number>();
  for (const node of program.nodes) {
    const found = accumulation(program.nodes, uses, node);
    if (found === undefined || stages[node.id] !== stages[found.product.id]) continue;
    terms.set(node.id, found);
    folded.add(found.product.id);
  }
  const builder = createBuilder();
  const renamed: Node[] = [];
  for (const node of program.nodes) {
    if (folded.has(node.id)) continue;
    const term = terms.get(node.id);
    renamed[node.id] =
      term === undefined
        ? builder.add(
            node.operation,
            node.inputs.map((id) => renamed[id]!),
          )
        : builder.add(
            { ...term.product.operation, op: "matmulAdd" },
            [term.addend.id, ...term.product.inputs].map((id) => renamed[id]!),
          );
  }
  const to = (id: number): number => renamed[id]!.id;
  return {
    nodes: builder.nodes,
    outputs: Object.fromEntries(Object.entries(program.outputs).map(([name, id]) => [name, to(id)])),
    effects: program.effects.map((effect) => ({ ...effect, states: effect.states.map(to), values: effect.values.map(to) })),
  };
}

function countUses(program: Program): number[] {
  const uses = program.nodes.map(() => 0);
  const used = [...Object.values(program.outputs), ...program.effects.flatMap((effect) => effect.values), ...program.nodes.flatMap((node) => node.inputs)];
  for (const id of used) uses[id]!++;
  return uses;
}

interface Accumulation {
  readonly addend: Node;
  readonly product: Node & { readonly operation: OperationOf<"matmul"> };
}

function accumulation(nodes: readonly Node[], uses: readonly number[], node: Node): Accumulation | undefined {
  if (node.operation.op !== "add") return undefined;
  const [a, b] = node.inputs.map((id) => nodes[id]!);
  const candidates: [Node, Node][] = [
    [a!, b!],
    [b!, a!],
  ];
  // The later product is the better one to fold: the other term is already there.
  if (a!.id > b!.id) candidates.reverse();
  for (const [addend, product] of candidates) {
    const matmul = as(product, "matmul");
    if (matmul === undefined || uses[product.id] !== 1 || addend === product) continue;
    if (sameShape(node.shape, matmul.shape) && isAddend(addend.shape, matmul.shape)) return { addend, product: matmul };
  }
  return undefined;
}
