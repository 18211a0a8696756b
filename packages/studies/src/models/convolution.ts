import type { Model } from "@allot/spec";
import type { Tensor, Tracer } from "@allot/tensor";
import { StudyError } from "../errors.ts";
import { type Activation, activate } from "./activation.ts";
import { preActivations } from "./layers.ts";
import { type EffectiveTensors, type Layer, sizeOf } from "./tensors.ts";

/** A convolutional layer as a study writes it. */
export type Convolution = Extract<Model, { kind: "conv2d" }>["layers"][number];

/** What a layer reads: its extents along one or two axes, and the channels at each position. */
export interface Image {
  readonly extents: readonly number[];
  readonly channels: number;
}

const sizesText = (extents: readonly number[]): string => extents.join("×");

/** Whole steps of `stride` on which a window of `size` fits into `extent`. */
const steps = (extent: number, size: number, stride: number): number => Math.floor((extent - size) / stride) + 1;

/** What layer `index` of `model.layers` makes of an image. Throws StudyError where kernel or pool is larger than what is there. */
export const convolvedImage = ({ extents }: Image, { channels, kernel, stride, padding, pool }: Convolution, index: number): Image => {
  const field = `model.layers[${index}]`;
  if (kernel > Math.min(...extents))
    throw new StudyError(
      `${field}.kernel`,
      `${kernel} is larger than the ${sizesText(extents)} that reach it: use ${Math.min(...extents)} or less, or pool less before`,
    );
  const positions = extents.map((extent) => (padding === "same" ? Math.ceil(extent / stride) : steps(extent, kernel, stride)));
  if (pool === undefined) return { extents: positions, channels };
  if (pool.size > Math.min(...positions))
    throw new StudyError(
      `${field}.pool.size`,
      `${pool.size} leaves nothing of the ${sizesText(positions)} that reach it: use ${Math.min(...positions)} or less, or no pool`,
    );
  return { extents: positions.map((extent) => steps(extent, pool.size, pool.size)), channels };
};

interface Convolving {
  /** [rows, ...extents, channels] */
  readonly x: Tensor;
  readonly index: number;
  readonly layer: Convolution;
  readonly activation: Activation;
  readonly bias: boolean;
  readonly show?: ((layer: Layer) => void) | undefined;
}

const pooled = (t: Tracer, x: Tensor, pool: { kind: "max" | "average"; window: number[] } | undefined): Tensor => {
  if (pool === undefined) return x;
  return pool.kind === "max" ? t.maxPool(x, { window: pool.window }) : t.averagePool(x, { window: pool.window });
};

/** A dense layer on the patches below the kernel, then the pool: [rows, ...extents, channels]. */
export const convolved = (t: Tracer, tensors: EffectiveTensors, { x, index, layer, activation, bias, show }: Convolving): Tensor => {
  const axes = x.shape.slice(1, -1);
  const { kernel, stride, padding, pool, channels } = layer;
  const window = (size: number): number[] => axes.map(() => size);
  const below = t.patches(x, window(kernel), { stride, padding }); // [rows, ...positions, kernel·channels below]
  const positions = below.shape.slice(0, -1);
  const z = preActivations(t, tensors, { x: t.reshape(below, [sizeOf(positions), below.shape.at(-1)!]), index, bias });
  const activated = activate(t, activation, t.reshape(z, [...positions, channels]));
  const h = pooled(t, activated, pool && { kind: pool.kind, window: window(pool.size) });
  show?.({ z, h });
  return h;
};
