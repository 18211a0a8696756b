import type { Tensor, Tracer } from "@allot/tensor";
import { StudyError } from "../errors.ts";
import { type Activation, activate } from "./activation.ts";
import { affine, affineTensors, weightSpec } from "./affine.ts";
import { attention } from "./attention.ts";
import { layerNorm, normTensors } from "./layer-norm.ts";
import { axes, columns, rows } from "./neurons.ts";
import { bySequence, fanInOf, type Positions, positionOf, readBy, sequenced } from "./positions.ts";
import { type EffectiveTensors, effectiveOf, type FeedForward, type Layer, type TensorSpec, type TokenModel } from "./tensors.ts";

export interface TransformerOptions {
  readonly positions: Positions;
  readonly blocks: number;
  readonly width: number;
  readonly heads: number;
  /** Default: four times the width. */
  readonly feedForward?: number | undefined;
  readonly activation: Activation;
  readonly bias: boolean;
}

type Show = (layer: Layer) => void;

/** What attention looks at in so many sequences is some MB. */
const rowsAtOnce = 100;

const projections = ["query", "key", "value", "output"] as const;

/** Tensors of a block, in the order in which they are used. */
const blockTensors = (block: string, { width, inner, bias }: { width: number; inner: number; bias: boolean }): TensorSpec[] => [
  ...normTensors(`${block}.attention.norm`, width),
  // A bias of the keys would add the same to all scores of a query, which a softmax does not see.
  ...projections.flatMap((name) => affineTensors(`${block}.attention.${name}`, { units: width, inputs: width, bias: bias && name !== "key" })),
  ...normTensors(`${block}.feedForward.norm`, width),
  ...affineTensors(`${block}.feedForward.hidden`, { units: inner, inputs: width, bias }),
  ...affineTensors(`${block}.feedForward.output`, { units: width, inputs: inner, bias }),
];

/** Weight and bias of each layer, whether or not there is one. */
const ofLayers = (...layers: readonly string[]): string[] => layers.flatMap((layer) => [`${layer}.weight`, `${layer}.bias`]);
const gains = (norm: string): string[] => [`${norm}.gain`, `${norm}.bias`];

/** Units that tensors share: inside a block, then those along the residual path, which each block reads and adds to. */
const unitsOf = (blocks: readonly string[]) =>
  axes([
    ...blocks.map((block) => [...rows(...ofLayers(`${block}.feedForward.hidden`)), ...columns(`${block}.feedForward.output.weight`)]),
    ...blocks.map((block) => [...rows(...ofLayers(`${block}.attention.value`)), ...columns(`${block}.attention.output.weight`)]),
    ...blocks.map((block) => rows(...ofLayers(`${block}.attention.query`, `${block}.attention.key`))),
    [
      ...rows("embedding.weight", "position.weight", ...gains("norm")),
      ...rows(...blocks.flatMap((block) => [...gains(`${block}.attention.norm`), ...gains(`${block}.feedForward.norm`)])),
      ...rows(...ofLayers(...blocks.flatMap((block) => [`${block}.attention.output`, `${block}.feedForward.output`]))),
      ...columns(...blocks.flatMap((block) => ["query", "key", "value"].map((name) => `${block}.attention.${name}.weight`))),
      ...columns(...blocks.map((block) => `${block}.feedForward.hidden.weight`), "output.weight"),
    ],
  ]);

/**
 * A decoder: `embedding.weight` and `position.weight` [width, length] added, then blocks h ← h + attention(norm h), h ← h + feedForward(norm h), then
 * `norm` and `output`. Throws StudyError where the heads do not share the width evenly.
 */
export const transformer = ({ positions, blocks: count, width, heads, feedForward, activation, bias }: TransformerOptions): TokenModel | FeedForward => {
  if (width % heads !== 0) throw new StudyError("model.heads", `${heads} do not share a width of ${width} evenly: use a divisor of it`);
  const { length, outputs, of } = positions;
  const inner = feedForward ?? 4 * width;
  const blocks = Array.from({ length: count }, (_, i) => `block.${i}`);
  const tensors = [
    weightSpec("embedding.weight", { layer: "embedding", units: width, inputs: positions.width, fanIn: fanInOf(positions) }),
    weightSpec("position.weight", { layer: "position", units: width, inputs: length, fanIn: 1 }),
    ...blocks.flatMap((block) => blockTensors(block, { width, inner, bias })),
    ...normTensors("norm", width),
    ...affineTensors("output", { units: outputs, inputs: width, bias }),
  ];

  /** h [rows·length, width] behind one block, of which the attention and the dense layers are shown with the path behind each. */
  const through = (t: Tracer, effective: EffectiveTensors, { block, h, show }: { block: string; h: Tensor; show: Show | undefined }): Tensor => {
    const see = (z: Tensor, path: Tensor): void => show?.({ z: bySequence(t, z, length), h: bySequence(t, path, length) });
    const attended = attention(t, effective, {
      x: layerNorm(t, effective, { x: h, norm: `${block}.attention.norm` }),
      layer: `${block}.attention`,
      heads,
      length,
    });
    const between = t.add(h, attended);
    see(attended, between);
    const normed = layerNorm(t, effective, { x: between, norm: `${block}.feedForward.norm` });
    const hidden = activate(t, activation, affine(t, effective, { x: normed, layer: `${block}.feedForward.hidden` }));
    const added = affine(t, effective, { x: hidden, layer: `${block}.feedForward.output` });
    const behind = t.add(between, added);
    see(added, behind);
    return behind;
  };
  return sequenced({
    positions,
    tensors,
    rowsAtOnce,
    neurons: unitsOf(blocks),
    forward: (t, effective, x, show) => {
      const read = readBy(t, effectiveOf(effective, "embedding.weight"), { x, length });
      const places = t.transpose(effectiveOf(effective, "position.weight").value()); // [length, width]
      let h = t.reshape(t.add(bySequence(t, read, length), places), [x.shape[0]! * length, width]);
      for (const block of blocks) h = through(t, effective, { block, h, show });
      const last = of === "tokens" ? h : positionOf(t, bySequence(t, h, length), length - 1);
      const logits = affine(t, effective, { x: layerNorm(t, effective, { x: last, norm: "norm" }), layer: "output" });
      const outputsOf = of === "tokens" ? bySequence(t, logits, length) : logits;
      show?.({ z: outputsOf, h: outputsOf });
      return logits;
    },
  });
};
