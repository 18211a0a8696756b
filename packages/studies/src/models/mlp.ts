import type { Tensor, Tracer } from "@allot/tensor";
import { type Activation, activate, activateNumber } from "./activation.ts";
import { timesTransposed } from "./numbers.ts";
import { type EffectiveTensors, effectiveOf, type FeedForward, type Placed, type TensorSpec } from "./tensors.ts";

/** Sizes of a multilayer perceptron, input and output included. */
export interface MlpOptions {
  readonly sizes: readonly number[];
  readonly activation: Activation;
  readonly bias: boolean;
}

const weightName = (layer: number): string => `layer.${layer}.weight`;
const biasName = (layer: number): string => `layer.${layer}.bias`;

const tensorsOf = ({ sizes, bias }: MlpOptions): TensorSpec[] =>
  sizes.slice(1).flatMap((out, i): TensorSpec[] => {
    const shared = { layer: `layer.${i}`, fanIn: sizes[i]!, fanOut: out };
    const weight: TensorSpec = { ...shared, name: weightName(i), role: "weight", shape: [out, shared.fanIn] };
    return bias ? [weight, { ...shared, name: biasName(i), role: "bias", shape: [out] }] : [weight];
  });

/** Tensors that touch the hidden units after layer `hidden`: its weight and bias by rows, the next weight by columns. */
const placeAt = (names: readonly string[], hidden: number): readonly Placed[] | undefined => {
  const placed = names.map((name): Placed | undefined => {
    if (name === weightName(hidden) || name === biasName(hidden)) return { name, transposed: false };
    return name === weightName(hidden + 1) ? { name, transposed: true } : undefined;
  });
  return placed.every((p) => p !== undefined) ? placed : undefined;
};

/**
 * Dense layers z_l = W_l h_{l−1} + b_l, h_l = g(z_l), no activation after the
 * last. Tensors `layer.<i>.weight` [out, in] and `layer.<i>.bias` [out].
 */
export const mlp = (options: MlpOptions): FeedForward => {
  const { sizes, activation, bias } = options;
  const layers = sizes.length - 1;
  const layer = (t: Tracer, tensors: EffectiveTensors, { x, index }: { x: Tensor; index: number }): Tensor => {
    const product = effectiveOf(tensors, weightName(index)).times(x); // [rows, out]
    const z = bias ? t.add(product, effectiveOf(tensors, biasName(index)).value()) : product;
    return index + 1 < layers ? activate(t, activation, z) : z;
  };
  return {
    kind: "feedForward",
    inputs: sizes[0]!,
    outputs: sizes[layers]!,
    tensors: tensorsOf(options),
    neurons: (names) => {
      for (let hidden = 0; hidden < layers; hidden++) {
        const placed = placeAt(names, hidden);
        if (placed !== undefined) return placed;
      }
      return undefined;
    },
    forward: (t, tensors, x) => {
      let h = x;
      for (let index = 0; index < layers; index++) h = layer(t, tensors, { x: h, index });
      return h;
    },
    forwardNumbers: (values, x, until) => {
      let h = x;
      for (let index = 0; index < layers && weightName(index) !== until; index++) {
        const weight = values.get(weightName(index))!;
        const shift = values.get(biasName(index));
        const out = sizes[index + 1]!;
        const g = activateNumber[index + 1 < layers ? activation : "linear"];
        h = timesTransposed(h, weight, sizes[index]!).map((z, at) => g(z + (shift?.[at % out] ?? 0)));
      }
      return h;
    },
  };
};
