import { type Lanes, resolveEngine, type Study, type StudyEngine, type Sweep } from "@allot/spec";
import type { Engine } from "@allot/tensor";
import { type NativeEnvironment, openWasm } from "./native.ts";
import { loadTensorFlow, type TensorFlowEnvironment } from "./tensorflow.ts";

/** The study as it is run and identified: the engine by name, so that `auto` and its resolution are the same trial. */
export const resolved = (study: Study, lanes: Lanes): Study => ({ ...study, engine: resolveEngine(study, lanes) });

/** An engine that is ready. */
export interface OpenEngine {
  readonly engine: Engine;
  /** What of it decides bits: its name, and for TensorFlow the version and the kind of device. */
  readonly identity: string;
  /** What a lane has found out about it, for the provenance. */
  readonly host: Readonly<Record<string, string>>;
}

export interface EngineOptions {
  readonly environment: TensorFlowEnvironment & NativeEnvironment;
  /** The user's. */
  readonly home: string;
  readonly determinism: Sweep["spec"]["execution"]["determinism"];
}

/** @throws TensorFlowMissing */
export const openEngine = (name: StudyEngine, { environment, home, determinism }: EngineOptions): OpenEngine => {
  if (name === "reference") return { engine: name, identity: name, host: {} };
  if (name === "wasm") {
    const { engine, products } = openWasm(environment, home);
    return { engine, identity: name, host: { products } };
  }
  const { engine, facts } = loadTensorFlow(environment, { deterministic: determinism === "strict" });
  return {
    engine,
    identity: `tfjs ${facts.tensorflow} ${facts.device} ${determinism}`,
    host: { ...Object.fromEntries(Object.entries(facts).map(([fact, value]) => [`tensorflow.${fact}`, value])), "tensorflow.determinism": determinism },
  };
};
