/** What several runs come to: the median of each figure. */
import { median } from "../runs.ts";
import type { JobCost } from "./job.ts";
import type { Speed } from "./speed.ts";
import type { Cost } from "./timed.ts";

/** What was measured of each point, in the order in which it was first. */
const byPoint = <T>(runs: readonly (readonly T[])[], pointOf: (one: T) => string): T[][] => [...Map.groupBy(runs.flat(), pointOf).values()];

/** Median rates; the deviation is the largest. */
export const medianSpeeds = (runs: readonly (readonly Speed[])[]): Speed[] =>
  byPoint(runs, ({ workload, trials, peer }) => `${workload} ${trials} ${peer}`).map((speeds) => ({
    ...speeds[0]!,
    rate: median(speeds.map(({ rate }) => rate)),
    deviation: Math.max(...speeds.map(({ deviation }) => deviation)),
  }));

const medianCost = (costs: readonly Cost[]): Cost => ({ cpu: median(costs.map(({ cpu }) => cpu)), wall: median(costs.map(({ wall }) => wall)) });

export const medianJobs = (runs: readonly (readonly JobCost[])[]): JobCost[] =>
  byPoint(runs, ({ workload, trials }) => `${workload} ${trials}`).map((jobs) => ({
    ...jobs[0]!,
    ours: medianCost(jobs.map(({ ours }) => ours)),
    torch: medianCost(jobs.map(({ torch }) => torch)),
  }));
