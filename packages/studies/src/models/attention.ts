import type { Tensor, Tracer } from "@allot/tensor";
import { affine } from "./affine.ts";
import { bySequence } from "./positions.ts";
import type { EffectiveTensors } from "./tensors.ts";

interface Attending {
  /** [rows·length, width] */
  readonly x: Tensor;
  readonly layer: string;
  readonly heads: number;
  readonly length: number;
}

/**
 * Causal self-attention (Vaswani et al. 2017, section 3.2): of each head softmax(Q Kᵀ/√d) V over the positions up to its own, the heads side by
 * side through `output`: [rows·length, width]. Head i has the rows from i·d on of `query`, `key` and `value`, d = width / heads.
 */
export const attention = (t: Tracer, tensors: EffectiveTensors, { x, layer, heads, length }: Attending): Tensor => {
  const [all, width] = [x.shape[0]!, x.shape[1]!];
  const size = width / heads;
  const project = (name: string): Tensor => affine(t, tensors, { x, layer: `${layer}.${name}` });
  const [query, key, value] = [t.affine(project("query"), 1 / Math.sqrt(size)), project("key"), project("value")].map((one) => bySequence(t, one, length));
  const ofHead = (projected: Tensor, head: number): Tensor => t.slice(projected, { axis: 2, start: head * size, size }); // [rows, length, size]
  const seen = Array.from({ length: heads }, (_, head) => {
    const scores = t.batchMatmul(ofHead(query!, head), ofHead(key!, head), { transposeB: true }); // [rows, length, length]
    return t.batchMatmul(t.softmax(scores, { causal: true }), ofHead(value!, head));
  });
  return affine(t, tensors, { x: t.reshape(t.concat(seen, 2), [all, width]), layer: `${layer}.output` });
};
