import type { Activation } from "./activation.ts";
import { type Convolution, convolved, convolvedImage, type Image } from "./convolution.ts";
import { dense, layerTensors, neuronsOf } from "./layers.ts";
import { throughProgram } from "./numbers-by-program.ts";
import { type FeedForward, sizeOf } from "./tensors.ts";

export interface ConvOptions {
  /** What an input is, read row by row, the channels of a position side by side. */
  readonly image: Image;
  readonly layers: readonly Convolution[];
  /** Sizes of the dense layers between the convolutions and the outputs. */
  readonly hidden: readonly number[];
  readonly outputs: number;
  readonly activation: Activation;
  readonly bias: boolean;
}

/** Patches and channels of so many images are some MB. */
const rowsAtOnce = 100;

/**
 * Convolutions over one or two axes, each followed by activation and pool, then dense layers as of `mlp`. A convolution is a dense layer on every
 * patch below its kernel, so its `layer.<i>.weight` is a matrix [channels, kernel·channels below]: row i is kernel i, whose entries are read row by row, the
 * channels of a position side by side. Throws StudyError where a kernel or pool is larger than what reaches it.
 */
export const conv = ({ image, layers, hidden, outputs, activation, bias }: ConvOptions): FeedForward => {
  let last = image; // what reaches a layer
  const convolutions = layers.flatMap((layer, index) => {
    const area = layer.kernel ** last.extents.length;
    const sizes = { units: layer.channels, fanIn: area * last.channels, fanOut: area * layer.channels, bias };
    last = convolvedImage(last, layer, index);
    return layerTensors(index, sizes);
  });
  const sizes = [sizeOf(last.extents) * last.channels, ...hidden, outputs];
  const head = sizes.slice(1).flatMap((units, i) => layerTensors(layers.length + i, { units, fanIn: sizes[i]!, bias }));
  const tensors = [...convolutions, ...head];
  const inputs = sizeOf(image.extents) * image.channels;
  const forward: FeedForward["forward"] = (t, effective, x, show) => {
    const rows = x.shape[0]!;
    let h = t.reshape(x, [rows, ...image.extents, image.channels]);
    for (const [index, layer] of layers.entries()) h = convolved(t, effective, { x: h, index, layer, activation, bias, show });
    const flat = t.reshape(h, [rows, sizes[0]!]);
    return dense(t, effective, { x: flat, from: layers.length, to: layers.length + hidden.length + 1, activation, bias, show });
  };
  return {
    kind: "feedForward",
    inputs,
    outputs,
    rowsAtOnce,
    tensors,
    neurons: neuronsOf(tensors),
    forward,
    forwardNumbers: throughProgram({ tensors, inputs, outputs, forward }, rowsAtOnce),
  };
};
