export { checkStudy } from "./check.ts";
export { compose, runBytes } from "./compose.ts";
export type { DataFiles, Dataset, SplitDescription } from "./data/dataset.ts";
export { describeSplit, loadData } from "./data/load.ts";
export type { FileNeed } from "./data/needs.ts";
export { dataNeeds } from "./data/needs.ts";
export { DataError, Diverged, StudyError } from "./errors.ts";
export { tensorShapes } from "./models/model.ts";
export type { ComposeOptions, Facts, Run, TensorValue, TrialSetup } from "./run/run.ts";
