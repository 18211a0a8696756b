import type { Tensor, Tracer } from "@allot/tensor";

/** ½ λ Σ w² over the given effective tensors; λ [1]. */
export const l2 = (t: Tracer, weights: readonly Tensor[], strength: Tensor): Tensor => {
  const squares = weights.map((weight) => t.sum(t.square(weight)));
  const sum = squares.reduce((a, b) => t.add(a, b));
  return t.affine(t.mul(t.reshape(strength, []), sum), 0.5);
};
