import type { Program } from "./program.ts";
import { sizeOf } from "./shape.ts";
import { simplify } from "./simplify/simplify.ts";
import { stagesOf } from "./simplify/stages.ts";

/**
 * Floating-point operations of one run: twice the multiply-adds of its products, of a Gram matrix those of one half, without what is
 * computed once per trial.
 */
export function flops(program: Program): number {
  const { nodes } = simplify(program);
  const stages = stagesOf(nodes);
  return nodes.reduce((total, { id, operation, inputs, shape }) => {
    if (stages[id]! < 2) return total;
    if (operation.op === "gram") return total + shape[0]! * (shape[0]! + 1) * nodes[inputs[0]!]!.shape[1]!;
    if (operation.op !== "matmul" && operation.op !== "matmulAdd" && operation.op !== "batchMatmul") return total;
    const a = nodes[inputs.at(-2)!]!;
    return total + 2 * sizeOf(shape) * a.shape.at(operation.transposeA ? -2 : -1)!;
  }, 0);
}
