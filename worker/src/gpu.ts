import { existsSync } from "node:fs";
import path from "node:path";
import { type Lanes, resolveEngine, type Study } from "@allot/spec";
import { findTensorFlow, loadTensorFlow, type TensorFlowEnvironment, TensorFlowMissing } from "./tensorflow.ts";

/** A GPU that was given and is not computed on: trained all the same, trials would be slow and the GPU wasted. */
export class GpuIdle extends Error {
  override readonly name = "GpuIdle";

  /** @param reason `gpuUnavailable`: no GPU is visible here; `gpuUnused`: it is, and the engine does not use it. */
  constructor(reason: "gpuUnavailable" | "gpuUnused", message: string) {
    super(`${reason}: ${message}`);
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

export interface GpuCheck {
  readonly lanes: Lanes;
  readonly deterministic: boolean;
  /** The folder of device files. */
  readonly devices?: string;
}

const instead = "or make the sweep anew with trainer.study.engine: wasm, which trains on the CPU, and without a GPU in execution.resources";

/**
 * The self-test of a lane that was given a GPU: computes on it, or says why not. An engine that is named and uses none is the
 * user's own choice.
 * @throws GpuIdle
 */
export const checkGpu = (study: Study, environment: TensorFlowEnvironment, { lanes, deterministic, devices }: GpuCheck): void => {
  const engine = resolveEngine(study, lanes);
  if (engine !== "tfjs") {
    if (study.engine !== "auto") return;
    throw new GpuIdle(
      "gpuUnused",
      `dtype ${study.dtype} runs on engine ${engine}, which uses no GPU: take it out of execution.resources, or make the sweep anew with trainer.study.engine: ${engine}`,
    );
  }
  if (!seesGpu(devices)) {
    throw new GpuIdle("gpuUnavailable", `the lane asked for a GPU and sees none: check the node's driver, device plugin and runtime class; ${instead}`);
  }
  const { facts } = load(environment, deterministic);
  if (facts.device === "gpu") return;
  const { package: name, tensorflow } = facts;
  throw new GpuIdle("gpuUnused", `TensorFlow ${tensorflow} of ${name} computes on the CPU: take the worker's GPU image and a driver for its CUDA; ${instead}`);
};

const load = (environment: TensorFlowEnvironment, deterministic: boolean): ReturnType<typeof loadTensorFlow> => {
  try {
    return loadTensorFlow(environment, { deterministic });
  } catch (error) {
    if (!(error instanceof TensorFlowMissing)) throw error;
    throw new GpuIdle("gpuUnused", `${error.message}\n  the worker's GPU image has it; ${instead}`);
  }
};
