import { GpuIdle, tryGpu } from "./gpu.ts";
import { hostFacts } from "./provenance.ts";
import { loadTensorFlow, type TensorFlowEnvironment, type TensorFlowFacts, TensorFlowMissing } from "./tensorflow.ts";
import { tryEngine } from "./try-engine.ts";

/** What the self-test found. */
export interface SelfTest extends Partial<TensorFlowFacts> {
  readonly isUsingGpuDevice: boolean;
  /** Largest errors of a small matrix product and a gradient, where there is a TensorFlow to compute them. */
  readonly errors?: ReturnType<typeof tryEngine>;
  /** Where a lane that was given a GPU would not train here: the class, and what would mend it. */
  readonly reason?: GpuIdle["reason"];
  readonly message?: string;
}

/** What a lane that was given a GPU would find in this container, and what TensorFlow computes here at all. @param devices the folder of device files */
export const testSelf = (environment: TensorFlowEnvironment, devices?: string): SelfTest & Record<string, unknown> => {
  const found = { ...describe(environment), ...hostFacts() };
  try {
    tryGpu(environment, { deterministic: true, ...(devices === undefined ? {} : { devices }) });
    return found;
  } catch (error) {
    if (!(error instanceof GpuIdle)) throw error;
    return { ...found, reason: error.reason, message: error.message };
  }
};

const describe = (environment: TensorFlowEnvironment): SelfTest => {
  try {
    const { engine, facts } = loadTensorFlow(environment, { deterministic: true });
    return { ...facts, isUsingGpuDevice: facts.device === "gpu", errors: tryEngine(engine) };
  } catch (error) {
    if (!(error instanceof TensorFlowMissing)) throw error;
    return { isUsingGpuDevice: false };
  }
};
