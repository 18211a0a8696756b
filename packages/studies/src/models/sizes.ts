import type { Model, Study } from "@allot/spec";
import { dataSizes, imageSideOf } from "../data/sizes.ts";
import { StudyError } from "../errors.ts";
import type { Image } from "./convolution.ts";

type Sized = Extract<Model, { kind: "mlp" | "deepLinear" | "softmax" | "conv1d" | "conv2d" }>;
type OfKind<K extends Sized["kind"]> = Extract<Sized, { kind: K }>;

/** The data's own size, which a model may repeat; the model's where the data has none. */
const sizeOf = (field: string, given: number | undefined, data: number | undefined): number => {
  if (data !== undefined && given !== undefined && given !== data) throw new StudyError(field, `is ${given} and the data has ${data}: leave it out`);
  const size = data ?? given;
  if (size === undefined)
    throw new StudyError(field, "is missing: a teacher's data has no size of its own, so give the sizes of the model's inputs and outputs");
  return size;
};

/** Numbers in an input of a dense model. Throws StudyError where model and data don't fit, or neither says. */
export const inputsOf = (study: Study, { inputs }: OfKind<"mlp" | "deepLinear" | "softmax">): number =>
  sizeOf("model.inputs", inputs, dataSizes(study)?.inputs);

/** Numbers in an output. Throws as `inputsOf`. */
export const outputsOf = (study: Study, { outputs }: Sized): number => sizeOf("model.outputs", outputs, dataSizes(study)?.outputs);

/** The image that an input is. Throws as `inputsOf`. */
export const imageOf = (study: Study, { image }: OfKind<"conv2d">): Image => {
  const extent = imageSideOf(study);
  const own = extent === undefined ? undefined : { height: extent, width: extent, channels: 1 };
  const [height, width, channels] = (["height", "width", "channels"] as const).map((side) => sizeOf(`model.image.${side}`, image?.[side], own?.[side]));
  const numbers = dataSizes(study)?.inputs;
  const pixels = height! * width! * channels!;
  if (numbers !== undefined && pixels !== numbers)
    throw new StudyError("model.image", `is made of ${pixels} numbers and an input of the data of ${numbers}: change its height, width or channels`);
  return { extents: [height!, width!], channels: channels! };
};

/** The sequence that an input is; of an image its pixels row by row, as many at a position as there are channels. Throws as `inputsOf`. */
export const sequenceOf = (study: Study, { sequence }: OfKind<"conv1d">): Image => {
  const channels = sequence?.channels ?? 1;
  const numbers = dataSizes(study)?.inputs;
  if (numbers !== undefined && numbers % channels !== 0) {
    const side = imageSideOf(study);
    const [what, fix] =
      side === undefined ? [`an input's ${numbers} numbers`, "1"] : [`an image's ${numbers} pixels`, `1, or ${side} for a row at each position`];
    throw new StudyError("model.sequence.channels", `${channels} do not divide ${what}: use ${fix}`);
  }
  const length = sizeOf("model.sequence.length", sequence?.length, numbers === undefined ? undefined : numbers / channels);
  return { extents: [length], channels };
};
