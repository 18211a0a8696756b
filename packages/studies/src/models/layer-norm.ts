import type { Tensor, Tracer } from "@allot/tensor";
import { type EffectiveTensors, effectiveOf, type TensorSpec } from "./tensors.ts";

/** `<norm>.gain` and `<norm>.bias`, 1 and 0 at the start. */
export const normTensors = (norm: string, width: number): TensorSpec[] => {
  const shared = { layer: norm, shape: [width], fanIn: 1, fanOut: 1 };
  return [
    { ...shared, name: `${norm}.gain`, role: "gain", initial: { kind: "ones" } },
    { ...shared, name: `${norm}.bias`, role: "bias" },
  ];
};

/** Added to the variance. */
const epsilon = 1e-5;

/** gain ⊙ (x − mean)/√(variance + ε) + bias, mean and variance those of each row (Ba et al. 2016, eq. 4): [rows, width]. */
export const layerNorm = (t: Tracer, tensors: EffectiveTensors, { x, norm }: { x: Tensor; norm: string }): Tensor => {
  const centred = t.sub(x, t.mean(x, [1], true));
  const deviation = t.sqrt(t.affine(t.mean(t.square(centred), [1], true), 1, epsilon));
  const scaled = t.mul(t.div(centred, deviation), effectiveOf(tensors, `${norm}.gain`).value());
  return t.add(scaled, effectiveOf(tensors, `${norm}.bias`).value());
};
