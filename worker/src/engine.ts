import type { Study } from "@allot/spec";
import type { Engine } from "@allot/tensor";
import { loadTensorFlow, type TensorFlowEnvironment } from "./tensorflow.ts";

/** An engine as a study names it, once `auto` is resolved. */
export type StudyEngine = Exclude<Study["engine"], "auto">;

/**
 * What `engine: auto` means: double precision runs on `reference`, the rest on `wasm`. It depends on the study alone, so
 * that an arm never mixes engines.
 */
export const resolveEngine = ({ engine, dtype }: Study): StudyEngine => {
  if (engine !== "auto") return engine;
  return dtype === "f64" ? "reference" : "wasm";
};

/** The study as it is run and identified: the engine by name, so that `auto` and its resolution are the same trial. */
export const resolved = (study: Study): Study => ({ ...study, engine: resolveEngine(study) });

/** An engine that is ready, and what a lane has found out about it, for the provenance. */
export interface OpenEngine {
  readonly engine: Engine;
  readonly host: Readonly<Record<string, string>>;
}

/** @throws TensorFlowMissing */
export const openEngine = (name: StudyEngine, environment: TensorFlowEnvironment): OpenEngine => {
  if (name !== "tfjs") return { engine: name, host: {} };
  const { engine, facts } = loadTensorFlow(environment);
  return { engine, host: Object.fromEntries(Object.entries(facts).map(([fact, value]) => [`tensorflow.${fact}`, value])) };
};
