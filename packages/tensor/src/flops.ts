import type { Program } from "./program.ts";
import { sizeOf } from "./shape.ts";
import { simplify } from "./simplify/simplify.ts";
import { stagesOf } from "./simplify/stages.ts";

/** Floating-point operations of one run: twice the multiply-adds of its products, without what is computed once per trial. */
export function flops(program: Program): number {
  const { nodes } = simplify(program);
  const stages = stagesOf(nodes);
  return nodes.reduce((total, { id, operation, inputs, shape }) => {
    if ((operation.op !== "matmul" && operation.op !== "matmulAdd") || stages[id]! < 2) return total;
    const a = nodes[inputs.at(-2)!]!;
    return total + 2 * sizeOf(shape) * a.shape[operation.transposeA ? 0 : 1]!;
  }, 0);
}
