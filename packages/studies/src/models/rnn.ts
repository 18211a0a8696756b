import type { Tensor, Tracer } from "@allot/tensor";
import { type Activation, activate } from "./activation.ts";
import { affine, affineTensors, shifted, weightSpec } from "./affine.ts";
import { axes, columns, rows } from "./neurons.ts";
import { bySequence, fanInOf, type Positions, positionOf, readBy, sequenced } from "./positions.ts";
import { type EffectiveTensors, effectiveOf, type FeedForward, type TensorSpec, type TokenModel } from "./tensors.ts";

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

/** The state at each position, [rows, units], for z [rows, length, units]. */
const states = (t: Tracer, z: Tensor, step: (now: Tensor, before: Tensor | undefined) => Tensor): Tensor[] => {
  const found: Tensor[] = [];
  for (let at = 0; at < z.shape[1]!; at++) found.push(step(positionOf(t, z, at), found.at(-1)));
  return found;
};

/** [rows, units] at each position → [rows·length, units], sequence after sequence. */
const joined = (t: Tracer, each: readonly Tensor[]): Tensor => {
  const [rowCount, units] = [each[0]!.shape[0]!, each[0]!.shape[1]!];
  const apart = each.map((state) => t.reshape(state, [rowCount, 1, units]));
  return t.reshape(t.concat(apart, 1), [rowCount * each.length, units]);
};

/**
 * A simple recurrent network (Elman 1990), h_t = g(W h_{t−1} + B x_t + b), y_t = D h_t + d: layers `layer.<i>` of B `input` [units, in], W `recurrent`
 * [units, units] and `bias`, each reading the states of the one before, `output`, and with it `embedding.weight` below all.
 */
export const rnn = ({ positions, hidden, embedding, activation, bias }: RnnOptions): TokenModel | FeedForward => {
  const { length, width, outputs, of } = positions;
  const below =
    embedding === undefined ? [] : [weightSpec("embedding.weight", { layer: "embedding", units: embedding, inputs: width, fanIn: fanInOf(positions) })];
  const sizes = [embedding ?? width, ...hidden];
  const layers = hidden.flatMap((units, i) => {
    const inputs = sizes[i]!;
    return layerTensors(i, { units, inputs, fanIn: i === 0 && embedding === undefined ? fanInOf(positions) : inputs, bias });
  });
  const tensors = [...below, ...layers, ...affineTensors("output", { units: outputs, inputs: sizes.at(-1), bias })];
  const readers = [...hidden.map((_, i) => `layer.${i}.input`), "output.weight"];
  const writers = hidden.map((_, i) => [`layer.${i}.input`, `layer.${i}.recurrent`, `layer.${i}.bias`]);

  /** The last layer's states. */
  const run = (t: Tracer, effective: EffectiveTensors, x: Tensor): Tensor[] => {
    const embedded = embedding === undefined ? undefined : readBy(t, effectiveOf(effective, "embedding.weight"), { x, length });
    let reached: Tensor[] = [];
    for (const index of hidden.keys()) {
      const [input, recurrent] = [effectiveOf(effective, `layer.${index}.input`), effectiveOf(effective, `layer.${index}.recurrent`)];
      const from = index === 0 ? embedded : joined(t, reached);
      const z = shifted(t, effective, { x: from === undefined ? readBy(t, input, { x, length }) : input.times(from), bias: `layer.${index}.bias` });
      const step = (now: Tensor, before: Tensor | undefined): Tensor =>
        activate(t, activation, before === undefined ? now : t.add(now, recurrent.times(before)));
      reached = states(t, bySequence(t, z, length), step);
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
    forward: (t, effective, x) => {
      const reached = run(t, effective, x);
      return affine(t, effective, { x: of === "tokens" ? joined(t, reached) : reached.at(-1), layer: "output" });
    },
  });
};
