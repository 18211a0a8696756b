import type { Study } from "@allot/spec";
import type { EngineName } from "@allot/tensor";

/**
 * What `engine: auto` means: double precision runs on `reference`, the rest on `wasm`. It depends on the study alone, so
 * that an arm never mixes engines.
 * @throws Error for an engine that is not built yet; `plan` and `run` refuse such a manifest before.
 */
export const resolveEngine = ({ engine, dtype }: Study): EngineName => {
  if (engine === "tfjs") throw new Error("engine tfjs: not supported yet; use auto, reference or wasm");
  if (engine !== "auto") return engine;
  return dtype === "f64" ? "reference" : "wasm";
};

/** The study as it is run and identified: the engine by name, so that `auto` and its resolution are the same trial. */
export const resolved = (study: Study): Study => ({ ...study, engine: resolveEngine(study) });
