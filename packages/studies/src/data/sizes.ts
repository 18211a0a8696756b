import type { Study } from "@allot/spec";
import { imageClasses, imageWidth } from "./images.ts";

/** How many numbers an input and a target of the data have. */
export interface DataSizes {
  readonly inputs: number;
  readonly outputs: number;
}

/** Height and width of the study's images, pooled; undefined where its data are none. */
export const imageSideOf = ({ data }: Study): number | undefined =>
  data.kind === "mnist" || data.kind === "fashionMnist" ? imageWidth / (data.pool ?? 1) : undefined;

/** Undefined where the data follow the model, as a teacher's do. */
export const dataSizes = (study: Study): DataSizes | undefined => {
  const { data } = study;
  if (data.kind === "lowRankMatrix") return { inputs: data.columns ?? data.rows, outputs: data.rows };
  if (data.kind === "orthogonalClasses") return { inputs: data.classes * data.perClass, outputs: data.classes };
  if (data.kind === "characters") return { inputs: data.vocabulary * (data.aggregation === "cat" ? data.radius : 1), outputs: data.vocabulary };
  const side = imageSideOf(study);
  return side === undefined ? undefined : { inputs: side * side, outputs: imageClasses };
};
