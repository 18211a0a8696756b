import type { Tensor, Tracer } from "@allot/tensor";
import { type EffectiveTensors, effectiveOf, type TensorSpec } from "./tensors.ts";

/** A tensor of a model whose weights start with a variance of 1/fanIn (LeCun et al. 1998, section 4.6). */
export const weightSpec = (name: string, o: { layer: string; units: number; inputs: number; fanIn?: number }): TensorSpec => ({
  name,
  layer: o.layer,
  role: "weight",
  shape: [o.units, o.inputs],
  fanIn: o.fanIn ?? o.inputs,
  fanOut: o.units,
  initial: { kind: "gauss" },
});

/** `<layer>.weight` [units, inputs] and, where it has one, `<layer>.bias` [units]. */
export const affineTensors = (layer: string, o: { units: number; inputs: number; bias: boolean }): TensorSpec[] => {
  const weight = weightSpec(`${layer}.weight`, { layer, ...o });
  const bias: TensorSpec = { name: `${layer}.bias`, layer, role: "bias", shape: [o.units], fanIn: o.inputs, fanOut: o.units };
  return o.bias ? [weight, bias] : [weight];
};

/** x plus a bias, where the model has it. */
export const shifted = (t: Tracer, tensors: EffectiveTensors, { x, bias }: { x: Tensor; bias: string }): Tensor =>
  tensors.has(bias) ? t.add(x, effectiveOf(tensors, bias).value()) : x;

/** W x + b of `layer` for each row of x [rows, inputs]: [rows, units]. */
export const affine = (t: Tracer, tensors: EffectiveTensors, { x, layer }: { x: Tensor; layer: string }): Tensor =>
  shifted(t, tensors, { x: effectiveOf(tensors, `${layer}.weight`).times(x), bias: `${layer}.bias` });
