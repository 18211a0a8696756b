import { cpusOf, type Sweep } from "@allot/spec";

/** Whether lanes have a GPU, or a part of one: a resource of NVIDIA's device plugin. */
export const asksForGpu = ({ spec }: Sweep): boolean => Object.keys(spec.execution.resources.limits).some((name) => name.startsWith("nvidia.com/"));

/**
 * Engine threads of a lane: one for each whole CPU that it asks for, since the engine itself has one thread. A program of a
 * user has its CPUs to itself, and so has an engine that drives a GPU.
 */
export const laneThreads = (sweep: Sweep): number => {
  const { trainer, execution } = sweep.spec;
  const { study } = trainer;
  const drivesGpu = asksForGpu(sweep) && study?.engine !== "wasm" && study?.engine !== "reference";
  if (!study || drivesGpu) return 1;
  return Math.max(1, Math.floor(cpusOf(execution.resources)));
};
