import type { Study } from "./study.ts";

/** An engine as a study names it, once `auto` is resolved. */
export type StudyEngine = Exclude<Study["engine"], "auto">;

/** What is settled once for the lanes of a sweep. */
export interface Lanes {
  /** They have a GPU. */
  readonly gpu?: boolean;
}

/**
 * What `engine: auto` means: double precision runs on `reference`, the rest on the GPU where lanes have one, else on `wasm`. It
 * depends on nothing that differs between the lanes of a sweep, so that an arm never mixes engines.
 */
export const resolveEngine = ({ engine, dtype }: Study, { gpu = false }: Lanes): StudyEngine => {
  if (engine !== "auto") return engine;
  if (dtype === "f64") return "reference";
  return gpu ? "tfjs" : "wasm";
};
