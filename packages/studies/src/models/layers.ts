import type { Tensor, Tracer } from "@allot/tensor";
import { type Activation, activate } from "./activation.ts";
import { type EffectiveTensors, effectiveOf, type Layer, type Placed, type TensorSpec } from "./tensors.ts";

export const weightName = (layer: number): string => `layer.${layer}.weight`;
export const biasName = (layer: number): string => `layer.${layer}.bias`;

/** Sizes of a layer's weight [units, fanIn]. */
interface Sizes {
  readonly units: number;
  readonly fanIn: number;
  /** Sums that an input has a part in; default: one in every unit. */
  readonly fanOut?: number;
  readonly bias: boolean;
}

/** A layer's weight [units, fanIn] and, where it has one, its bias [units]. */
export const layerTensors = (index: number, { units, fanIn, fanOut = units, bias }: Sizes): TensorSpec[] => {
  const shared = { layer: `layer.${index}`, fanIn, fanOut };
  const weight: TensorSpec = { ...shared, name: weightName(index), role: "weight", shape: [units, fanIn] };
  return bias ? [weight, { ...shared, name: biasName(index), role: "bias", shape: [units] }] : [weight];
};

/** z = W x + b for each row of x [rows, in]: [rows, units]. */
export const preActivations = (t: Tracer, tensors: EffectiveTensors, { x, index, bias }: { x: Tensor; index: number; bias: boolean }): Tensor => {
  const product = effectiveOf(tensors, weightName(index)).times(x);
  return bias ? t.add(product, effectiveOf(tensors, biasName(index)).value()) : product;
};

interface Dense {
  /** [rows, in] */
  readonly x: Tensor;
  /** The first layer and the one after the last. */
  readonly from: number;
  readonly to: number;
  readonly activation: Activation;
  readonly bias: boolean;
  readonly show?: ((layer: Layer) => void) | undefined;
}

/** Dense layers z_l = W_l h_{l−1} + b_l, h_l = g(z_l), no activation after the last: [rows, out]. */
export const dense = (t: Tracer, tensors: EffectiveTensors, { x, from, to, activation, bias, show }: Dense): Tensor => {
  let h = x;
  for (let index = from; index < to; index++) {
    const z = preActivations(t, tensors, { x: h, index, bias });
    h = index + 1 < to ? activate(t, activation, z) : z;
    show?.({ z, h });
  }
  return h;
};

/**
 * Where tensors touch the units after one layer: its weight and bias by rows, the next weight by columns. Of a channel the next weight has as
 * many columns as it reads positions of it, channels side by side.
 */
export const neuronsOf =
  (tensors: readonly TensorSpec[]) =>
  (names: readonly string[]): readonly Placed[] | undefined => {
    for (const [index, { shape }] of tensors.filter(({ role }) => role === "weight").entries()) {
      const placed = names.map((name): Placed | undefined => {
        if (name === weightName(index) || name === biasName(index)) return { name, transposed: false };
        return name === weightName(index + 1) ? { name, transposed: true, neurons: shape[0]! } : undefined;
      });
      if (placed.every((p) => p !== undefined)) return placed;
    }
    return undefined;
  };
