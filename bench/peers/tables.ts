/** The tables of `pnpm bench peers`. */
import { rightAfter, table, thousands } from "../table.ts";
import { workloads } from "../workloads/workloads.ts";
import type { JobCost } from "./job.ts";
import { type PeerName, peerNames } from "./peers.ts";
import type { Speed } from "./speed.ts";
import { targetTrials, type Verdict } from "./targets.ts";

/** All that was measured. */
export interface Measured {
  /** Date, processor and versions. */
  readonly machine: string;
  readonly speeds: readonly Speed[];
  readonly jobs: readonly JobCost[];
  readonly verdicts: readonly Verdict[];
}

export const times = (ratio: number): string => `${ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(ratio >= 1 ? 1 : 2)}×`;
const descriptionOf = (name: string): string => workloads.find((one) => one.name === name)?.description ?? name;

function speedTable(speeds: readonly Speed[]): string {
  const peers = peerNames.filter((name) => speeds.some(({ peer }) => peer === name));
  const shown = new Set<string>();
  const points = [...new Map(speeds.map((speed) => [`${speed.workload} ${speed.trials}`, speed])).values()];
  const rows = points.map(({ workload, trials }) => {
    const rate = (peer: PeerName): string => {
      const found = speeds.find((speed) => speed.workload === workload && speed.trials === trials && speed.peer === peer);
      return found === undefined ? "" : thousands(found.rate);
    };
    const first = shown.has(workload) ? "" : descriptionOf(workload);
    shown.add(workload);
    return [first, String(trials), ...peers.map(rate)];
  });
  return table(["workload", "K", ...peers], rows, rightAfter(1, peers.length + 2));
}

function jobTable(jobs: readonly JobCost[]): string {
  const rows = jobs.map(({ workload, trials, ours, torch }) => [
    workload,
    String(trials),
    ours.cpu.toFixed(1),
    ours.wall.toFixed(1),
    torch.cpu.toFixed(1),
    torch.wall.toFixed(1),
    times(torch.cpu / ours.cpu),
  ]);
  return table(["job", "trials", "CPU s", "wall s", "PyTorch CPU s", "PyTorch wall s", "CPU ratio"], rows, rightAfter(1, 7));
}

/** A cell for each target. */
function verdictTable(verdicts: readonly Verdict[]): string {
  const columns = [...new Set(verdicts.map(({ workload }) => workload))];
  const rows = [...new Set(verdicts.map(({ what }) => what))].map((what) => [
    what,
    ...columns.map((workload) => {
      const found = verdicts.find((one) => one.what === what && one.workload === workload);
      return found === undefined ? "" : `${times(found.ratio)} of ${times(found.least)}${found.met ? "" : ", missed"}`;
    }),
  ]);
  return table([`ours, K = ${targetTrials}, against`, ...columns], rows, rightAfter(1, columns.length + 1));
}

/** How fast all are, and how far apart in what they train. */
export function speedPart({ machine, speeds }: Pick<Measured, "machine" | "speeds">): string {
  const worst = Math.max(0, ...speeds.map(({ deviation }) => deviation));
  const apart = `Largest relative difference between a peer's losses or movements and ours: ${worst.toExponential(0)}.`;
  return [machine, speedTable(speeds), apart].join("\n\n");
}

/** Whole jobs and targets, without what was not measured. */
export function targetsPart({ jobs, verdicts }: Pick<Measured, "jobs" | "verdicts">): string {
  return [...(jobs.length > 0 ? [jobTable(jobs)] : []), ...(verdicts.length > 0 ? [verdictTable(verdicts)] : [])].join("\n\n");
}
