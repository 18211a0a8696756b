import type { Sweep } from "@allot/spec";

type Amounts = Readonly<Record<string, string | number>>;

const cpusOf = (quantity: string | number | undefined): number => {
  const text = String(quantity ?? "1");
  return text.endsWith("m") ? Number(text.slice(0, -1)) / 1000 : Number(text);
};

const asksForDevice = (amounts: Amounts): boolean => Object.keys(amounts).some((name) => name.startsWith("nvidia.com/"));

/**
 * Engine threads of a lane: one for each whole CPU that it asks for, since the engine itself has one thread. A program of a
 * user has its CPUs to itself, and so has an engine that drives a GPU.
 */
export const laneThreads = ({ spec }: Sweep): number => {
  const { requests, limits } = spec.execution.resources;
  const { study } = spec.trainer;
  const usesDevice = asksForDevice(limits) && study?.engine !== "wasm" && study?.engine !== "reference";
  if (!study || usesDevice) return 1;
  return Math.max(1, Math.floor(cpusOf(requests["cpu"] ?? limits["cpu"])));
};
