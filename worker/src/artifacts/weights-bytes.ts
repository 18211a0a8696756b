import type { Study } from "@allot/spec";
import { tensorShapes } from "@allot/studies";
import { weightsFacts } from "./artifacts.ts";
import { safetensorsBytes } from "./safetensors.ts";

/** Any identity has as many digits. */
const someIdentity = "0".repeat(64);

/** Exact size of the file that a lane writes of a trial's weights. @throws StudyError where the study can't be trained */
export const weightsBytes = (study: Study, trial: number): number =>
  safetensorsBytes({ dtype: study.dtype, shapes: tensorShapes(study) }, weightsFacts(trial, someIdentity));
