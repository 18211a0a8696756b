import type { Sweep } from "@allot/spec";

/** What the suffixes of Kubernetes' quantities stand for, as powers of 1000; with `i`, of 1024. */
const powers: Readonly<Record<string, number>> = { n: -3, u: -2, m: -1, k: 1, K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 };

const cpusOf = (quantity: string | number): number => {
  const [, amount, suffix = "", binary] = /^(.*?)([numkKMGTPE]?)(i?)$/.exec(String(quantity)) ?? [];
  return Number(amount) * (binary === "i" ? 1024 : 1000) ** (powers[suffix] ?? 0);
};

/** Whether lanes have a GPU, or a part of one: a resource of NVIDIA's device plugin. */
export const asksForGpu = ({ spec }: Sweep): boolean => Object.keys(spec.execution.resources.limits).some((name) => name.startsWith("nvidia.com/"));

/**
 * Engine threads of a lane: one for each whole CPU that it asks for, since the engine itself has one thread. A program of a
 * user has its CPUs to itself, and so has an engine that drives a GPU.
 */
export const laneThreads = (sweep: Sweep): number => {
  const { trainer, execution } = sweep.spec;
  const { requests, limits } = execution.resources;
  const { study } = trainer;
  const drivesGpu = asksForGpu(sweep) && study?.engine !== "wasm" && study?.engine !== "reference";
  if (!study || drivesGpu) return 1;
  return Math.max(1, Math.floor(cpusOf(requests["cpu"] ?? limits["cpu"] ?? 1)));
};
