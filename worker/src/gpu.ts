import { existsSync } from "node:fs";
import path from "node:path";
import { type Lanes, resolveEngine, type Study } from "@allot/spec";
import type { Engine } from "@allot/tensor";
import { findTensorFlow, loadTensorFlow, type TensorFlowEnvironment, type TensorFlowFacts, TensorFlowMissing } from "./tensorflow.ts";
import { tryEngine } from "./try-engine.ts";

/** A GPU that was given and is not computed on: trained all the same, trials would be slow and the GPU wasted. */
export class GpuIdle extends Error {
  override readonly name = "GpuIdle";

  /** `gpuUnavailable`: no GPU is visible here; `gpuUnused`: it is, and the engine does not use it. */
  readonly reason: "gpuUnavailable" | "gpuUnused";

  constructor(reason: "gpuUnavailable" | "gpuUnused", message: string) {
    super(`${reason}: ${message}`);
    this.reason = reason;
  }
}

/** Whether this machine, or container, sees an NVIDIA GPU. @param devices the folder of device files. */
const seesGpu = (devices = "/dev"): boolean => existsSync(path.join(devices, "nvidiactl"));

/** Whether `engine: auto` should mean the GPU on this machine: there is one, and a TensorFlow for it. */
export const hasGpuEngine = (environment: TensorFlowEnvironment, devices?: string): boolean => {
  if (!seesGpu(devices)) return false;
  try {
    return findTensorFlow(environment) === "gpu";
  } catch {
    return false;
  }
};

export interface GpuOptions {
  readonly deterministic: boolean;
  /** The folder of device files. */
  readonly devices?: string;
}

export interface GpuCheck extends GpuOptions {
  readonly lanes: Lanes;
}

const instead = "or make the sweep anew with trainer.study.engine: wasm, which trains on the CPU, and without a GPU in execution.resources";

/**
 * A lane that was given a GPU computes on it, or says why not. An engine that is named and uses none is the user's own choice.
 * @throws GpuIdle
 */
export const checkGpu = (study: Study, environment: TensorFlowEnvironment, { lanes, ...options }: GpuCheck): void => {
  const engine = resolveEngine(study, lanes);
  if (engine === "tfjs") {
    tryGpu(environment, options);
    return;
  }
  if (study.engine !== "auto") return;
  throw new GpuIdle(
    "gpuUnused",
    `dtype ${study.dtype} runs on engine ${engine}, which uses no GPU: take it out of execution.resources, or make the sweep anew with trainer.study.engine: ${engine}`,
  );
};

/** The self-test: finds the GPU, loads TensorFlow and has a small program computed by it. @throws GpuIdle */
export const tryGpu = (environment: TensorFlowEnvironment, { deterministic, devices }: GpuOptions): void => {
  if (!seesGpu(devices)) {
    throw new GpuIdle("gpuUnavailable", `the lane asked for a GPU and sees none: check the node's driver, device plugin and runtime class; ${instead}`);
  }
  const { engine, facts } = load(environment, deterministic);
  if (facts.device !== "gpu") {
    throw new GpuIdle("gpuUnused", `${nameOf(facts)} computes on the CPU: take the worker's GPU image and a driver for its CUDA; ${instead}`);
  }
  const wrong = wrongWith(engine);
  if (wrong !== undefined) {
    throw new GpuIdle(
      "gpuUnused",
      `${nameOf(facts)} sees the GPU and ${wrong}: check the GPU with nvidia-smi, and its driver against the image's CUDA; ${instead}`,
    );
  }
};

const nameOf = ({ package: name, tensorflow }: TensorFlowFacts): string => `TensorFlow ${tensorflow} of ${name}`;

/** Why an engine can't be trained with; undefined where it computes rightly. */
const wrongWith = (engine: Engine): string | undefined => {
  try {
    const { product, gradient } = tryEngine(engine);
    return product === 0 && gradient === 0 ? undefined : `computes wrongly on it (a product is off by ${product}, a gradient by ${gradient})`;
  } catch (error) {
    return `can't compute on it (${error instanceof Error ? error.message : String(error)})`;
  }
};

const load = (environment: TensorFlowEnvironment, deterministic: boolean): ReturnType<typeof loadTensorFlow> => {
  try {
    return loadTensorFlow(environment, { deterministic });
  } catch (error) {
    if (!(error instanceof TensorFlowMissing)) throw error;
    throw new GpuIdle("gpuUnused", `${error.message}\n  the worker's GPU image has it; ${instead}`);
  }
};
