import type { SweepSpec } from "./sweep/sweep.ts";

type Execution = SweepSpec["execution"];

/** What the suffixes of Kubernetes' quantities stand for, as powers of 1000; with `i`, of 1024. */
const powers: Readonly<Record<string, number>> = { n: -3, u: -2, m: -1, k: 1, K: 1, M: 2, G: 3, T: 4, P: 5, E: 6 };

const quantity = (text: string | number): number => {
  const [, amount, suffix = "", binary] = /^(.*?)([numkKMGTPE]?)(i?)$/.exec(String(text)) ?? [];
  return Number(amount) * (binary === "i" ? 1024 : 1000) ** (powers[suffix] ?? 0);
};

/** CPUs that a lane's pod asks for; without a word on it, one. */
export const cpusOf = ({ requests, limits }: Execution["resources"]): number => quantity(requests["cpu"] ?? limits["cpu"] ?? 1);

/** GPUs of a lane's pod, or parts of one: resources of NVIDIA's device plugin. */
export const gpusOf = ({ limits }: Execution["resources"]): number =>
  Object.entries(limits).reduce((sum, [name, amount]) => sum + (name.startsWith("nvidia.com/") ? quantity(amount) : 0), 0);

/** What one engine at work takes of a machine. */
export interface Share {
  readonly cpus: number;
  readonly gpus: number;
}

/** What an hour of that costs in `prices.currency`; undefined where no price is set. A price that is left out is part of the other. */
export const hourlyPrice = ({ cpuHour, gpuHour }: Execution["prices"], { cpus, gpus }: Share): number | undefined =>
  cpuHour === undefined && gpuHour === undefined ? undefined : cpus * (cpuHour ?? 0) + gpus * (gpuHour ?? 0);
