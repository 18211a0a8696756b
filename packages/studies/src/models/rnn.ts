import type { Tensor, Tracer } from "@allot/tensor";
import type { Activation } from "./activation.ts";
import { affine, affineTensors, shifted, weightSpec } from "./affine.ts";
import { axes, columns, rows } from "./neurons.ts";
import { bySequence, fanInOf, flat, type Positions, readBy, sequenced } from "./positions.ts";
import { joined, recur } from "./recurrence.ts";
import { type EffectiveTensors, effectiveOf, type FeedForward, type Layer, type TensorSpec, type TokenModel } from "./tensors.ts";

export interface RnnOptions {
  readonly positions: Positions;
  /** Units of each layer. */
  readonly hidden: readonly number[];
  /** Numbers that a token or vector becomes before the first layer; without it, none. */
  readonly embedding?: number | undefined;
  readonly activation: Activation;
  readonly bias: boolean;
}

/** States of so many sequences, position after position, are some MB. */
const rowsAtOnce = 500;

const layerTensors = (index: number, { units, inputs, fanIn, bias }: { units: number; inputs: number; fanIn: number; bias: boolean }): TensorSpec[] => {
  const layer = `layer.${index}`;
  const weights = [weightSpec(`${layer}.input`, { layer, units, inputs, fanIn }), weightSpec(`${layer}.recurrent`, { layer, units, inputs: units })];
  const own: TensorSpec = { name: `${layer}.bias`, layer, role: "bias", shape: [units], fanIn: inputs, fanOut: units };
  return bias ? [...weights, own] : weights;
};

/** A layer's states [rows, length, units]. */
const statesOf = (t: Tracer, each: readonly Layer[]): Tensor =>
  joined(
    t,
    each.map(({ h }) => h),
  );

/**
 * A simple recurrent network (Elman 1990), h_t = g(W h_{t−1} + B x_t + b), y_t = D h_t + d: layers `layer.<i>` of B `input` [units, in], W `recurrent`
 * [units, units] and `bias`, each reading the states of the one before, `output`, and with it `embedding.weight` below all.
 */
export const rnn = ({ positions, hidden, embedding, activation, bias }: RnnOptions): TokenModel | FeedForward => {
  const { length, width, outputs, of } = positions;
  const lowest =
    embedding === undefined ? [] : [weightSpec("embedding.weight", { layer: "embedding", units: embedding, inputs: width, fanIn: fanInOf(positions) })];
  const sizes = [embedding ?? width, ...hidden];
  const layers = hidden.flatMap((units, i) => {
    const inputs = sizes[i]!;
    return layerTensors(i, { units, inputs, fanIn: i === 0 && embedding === undefined ? fanInOf(positions) : inputs, bias });
  });
  const tensors = [...lowest, ...layers, ...affineTensors("output", { units: outputs, inputs: sizes.at(-1), bias })];
  const readers = [...hidden.map((_, i) => `layer.${i}.input`), "output.weight"];
  const writers = hidden.map((_, i) => [`layer.${i}.input`, `layer.${i}.recurrent`, `layer.${i}.bias`]);

  /** The last layer at each position. */
  const run = (t: Tracer, effective: EffectiveTensors, { x, show }: { x: Tensor; show: ((layer: Layer) => void) | undefined }): Layer[] => {
    const embedded = embedding === undefined ? undefined : readBy(t, effectiveOf(effective, "embedding.weight"), { x, length });
    let reached: Layer[] = [];
    for (const index of hidden.keys()) {
      const [input, recurrent] = [effectiveOf(effective, `layer.${index}.input`), effectiveOf(effective, `layer.${index}.recurrent`)];
      const from = index === 0 ? embedded : flat(t, statesOf(t, reached));
      const below = shifted(t, effective, { x: from === undefined ? readBy(t, input, { x, length }) : input.times(from), bias: `layer.${index}.bias` });
      reached = recur(t, bySequence(t, below, length), { recurrent, activation });
      show?.({
        z: joined(
          t,
          reached.map(({ z }) => z),
        ),
        h: statesOf(t, reached),
      });
    }
    return reached;
  };
  return sequenced({
    positions,
    tensors,
    rowsAtOnce,
    neurons: axes([
      ...(embedding === undefined ? [] : [[...rows("embedding.weight"), ...columns("layer.0.input")]]),
      ...writers.map((names, i) => [...rows(...names), ...columns(readers[i + 1]!)]),
    ]),
    forward: (t, effective, x, show) => {
      const reached = run(t, effective, { x, show });
      const logits = affine(t, effective, { x: of === "tokens" ? flat(t, statesOf(t, reached)) : reached.at(-1).h, layer: "output" });
      const outputsOf = of === "tokens" ? bySequence(t, logits, length) : logits;
      show?.({ z: outputsOf, h: outputsOf });
      return logits;
    },
  });
};
