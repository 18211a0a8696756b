import type { Study } from "@allot/spec";
import { loadCharacters } from "./characters.ts";
import type { DataFiles, Dataset, SplitDescription } from "./dataset.ts";
import { withFeatures } from "./features.ts";
import { imageCounts, loadImages } from "./images.ts";
import { dataSizes } from "./sizes.ts";
import { splitOf } from "./split.ts";
import { isTokens } from "./tokens.ts";

type Images = Extract<Study["data"], { kind: "mnist" | "fashionMnist" }>;

const isImages = (data: Study["data"]): data is Images => data.kind === "mnist" || data.kind === "fashionMnist";

/**
 * The study's data set from the files' contents. Throws DataError naming the
 * file that is absent or broken, StudyError where `data.split` asks for more.
 */
export const loadData = (study: Study, files: DataFiles): Dataset => {
  const { data } = study;
  if (data.kind === "characters") return loadCharacters(data, files);
  return isImages(data) ? withFeatures(loadImages(study, files), data) : { kind: "generated" };
};

const isDataset = (source: DataFiles | Dataset): source is Dataset => typeof source["kind"] === "string";

const drawnSplit = (study: Study): SplitDescription => {
  const { data } = study;
  const train = dataSizes(study)!.inputs;
  const completes = data.kind === "lowRankMatrix" && data.observed < 1;
  const note = completes ? "Of each row the entries that are known train, and the others test." : "All examples train.";
  return { train, validation: 0, test: completes ? train : 0, note: `${note} They are drawn anew for each replicate.` };
};

/** How many examples train, select and test; from the files' contents or a loaded data set. Errors as `loadData`. */
export const describeSplit = (study: Study, source: DataFiles | Dataset): SplitDescription => {
  if (study.data.kind === "feedForwardTeacher") return { ...study.data.split, note: "Inputs are drawn anew for each part and replicate." };
  if (isTokens(study.data)) return { ...study.data.split, note: "Sequences are drawn anew for each part and replicate." };
  if (study.data.kind === "characters") return isDataset(source) && source.kind === "classified" ? source.split : study.data.split;
  if (study.data.kind === "lowRankMatrix" || study.data.kind === "orthogonalClasses") return drawnSplit(study);
  if (!isImages(study.data)) return { train: 0, validation: 0, test: 0, note: "No examples: the loss is exact over all inputs." };
  if (!isDataset(source)) return splitOf(study, imageCounts(source));
  return source.kind === "classified" ? source.split : { train: 0, validation: 0, test: 0 };
};
