import type { Model, Study } from "@allot/spec";
import { imageClasses, imageWidth } from "../data/images.ts";
import { StudyError } from "../errors.ts";
import type { Image } from "./convolution.ts";

type Sized = Extract<Model, { kind: "mlp" | "softmax" | "conv1d" | "conv2d" }>;
type OfKind<K extends Sized["kind"]> = Extract<Sized, { kind: K }>;

/** Height and width of the study's images, pooled; undefined where its data are none. */
export const imageSideOf = ({ data }: Study): number | undefined =>
  data.kind === "mnist" || data.kind === "fashionMnist" ? imageWidth / (data.pool ?? 1) : undefined;

/** What the data know of an input's and an output's size. */
const dataSizes = (study: Study): { inputs: number; outputs: number } | undefined => {
  const { data } = study;
  if (data.kind === "characters") return { inputs: data.vocabulary * (data.aggregation === "cat" ? data.radius : 1), outputs: data.vocabulary };
  const side = imageSideOf(study);
  return side === undefined ? undefined : { inputs: side * side, outputs: imageClasses };
};

/** The data's own size, which a model may repeat; the model's where the data has none. */
const sizeOf = (field: string, given: number | undefined, data: number | undefined): number => {
  if (data !== undefined && given !== undefined && given !== data) throw new StudyError(field, `is ${given} and the data has ${data}: leave it out`);
  const size = data ?? given;
  if (size === undefined)
    throw new StudyError(field, "is missing: a teacher's data has no size of its own, so give the sizes of the model's inputs and outputs");
  return size;
};

/** Numbers in an input of a dense model. Throws StudyError where model and data don't fit, or neither says. */
export const inputsOf = (study: Study, { inputs }: OfKind<"mlp" | "softmax">): number => sizeOf("model.inputs", inputs, dataSizes(study)?.inputs);

/** Numbers in an output. Throws as `inputsOf`. */
export const outputsOf = (study: Study, { outputs }: Sized): number => sizeOf("model.outputs", outputs, dataSizes(study)?.outputs);

/** The image that an input is. Throws as `inputsOf`. */
export const imageOf = (study: Study, { image }: OfKind<"conv2d">): Image => {
  const extent = imageSideOf(study);
  const own = extent === undefined ? undefined : { height: extent, width: extent, channels: 1 };
  const [height, width, channels] = (["height", "width", "channels"] as const).map((side) => sizeOf(`model.image.${side}`, image?.[side], own?.[side]));
  return { extents: [height!, width!], channels: channels! };
};

/** The sequence that an input is; of an image its pixels row by row, as many at a position as there are channels. Throws as `inputsOf`. */
export const sequenceOf = (study: Study, { sequence }: OfKind<"conv1d">): Image => {
  const channels = sequence?.channels ?? 1;
  const side = imageSideOf(study);
  const pixels = side === undefined ? undefined : side * side;
  if (pixels !== undefined && pixels % channels !== 0)
    throw new StudyError("model.sequence.channels", `${channels} do not divide an image's ${pixels} pixels: use 1, or ${side} for a row at each position`);
  const length = sizeOf("model.sequence.length", sequence?.length, pixels === undefined ? undefined : pixels / channels);
  return { extents: [length], channels };
};
