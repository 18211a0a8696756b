import { activateNumber, type Elementwise } from "./activation.ts";
import { biasName, dense, layerTensors, neuronsOf, weightName } from "./layers.ts";
import { matrix, timesTransposed } from "./numbers.ts";
import type { FeedForward } from "./tensors.ts";

/** Sizes of a multilayer perceptron, input and output included. */
export interface MlpOptions {
  readonly sizes: readonly number[];
  readonly activation: Elementwise;
  readonly bias: boolean;
}

/**
 * Dense layers z_l = W_l h_{l−1} + b_l, h_l = g(z_l), no activation after the
 * last. Tensors `layer.<i>.weight` [out, in] and `layer.<i>.bias` [out].
 */
export const mlp = ({ sizes, activation, bias }: MlpOptions): FeedForward => {
  const layers = sizes.length - 1;
  const tensors = sizes.slice(1).flatMap((units, i) => layerTensors(i, { units, fanIn: sizes[i]!, bias }));
  return {
    kind: "feedForward",
    inputs: sizes[0]!,
    outputs: sizes[layers]!,
    tensors,
    neurons: neuronsOf(tensors),
    forward: (t, effective, x, show) => dense(t, effective, { x, from: 0, to: layers, activation, bias, show }),
    forwardNumbers: (values, x, until) => {
      let h = x;
      for (let index = 0; index < layers && weightName(index) !== until; index++) {
        const weight = values.get(weightName(index))!;
        const shift = values.get(biasName(index));
        const out = sizes[index + 1]!;
        const g = activateNumber[index + 1 < layers ? activation : "linear"];
        const next = timesTransposed(h, weight).map((z, at) => g(z + (shift?.[at % out] ?? 0)));
        h = matrix(next, out);
      }
      return h;
    },
  };
};
