import { dense, layerTensors, neuronsOf, weightName } from "./layers.ts";
import { throughProgram } from "./numbers-by-program.ts";
import type { FeedForward } from "./tensors.ts";

/** Sizes of a softmax model, input and output included. */
export interface SoftmaxOptions {
  readonly sizes: readonly number[];
  readonly bias: boolean;
}

/** What is made of so many rows on the way is small. */
const rowsAtOnce = 10_000;

/**
 * Dense layers with softmax between them: h_l = softmax(W_l h_{l−1} + b_l), and the last one's logits (studies.md 2a). Tensors as of `mlp`.
 */
export const softmax = ({ sizes, bias }: SoftmaxOptions): FeedForward => {
  const layers = sizes.length - 1;
  const [inputs, outputs] = [sizes[0]!, sizes[layers]!];
  const tensors = sizes.slice(1).flatMap((units, i) => layerTensors(i, { units, fanIn: sizes[i]!, bias }));
  const forward: FeedForward["forward"] = (t, effective, x, show) => dense(t, effective, { x, from: 0, to: layers, activation: "softmax", bias, show });
  const through = throughProgram({ tensors, inputs, outputs, forward }, rowsAtOnce);
  return {
    kind: "feedForward",
    inputs,
    outputs,
    tensors,
    neurons: neuronsOf(tensors),
    forward,
    forwardNumbers: (values, x, until) => (until === weightName(0) ? x : through(values, x, until)),
  };
};
