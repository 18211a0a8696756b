/** `pnpm bench peers`: training speed of the `wasm` engine side by side with what a user would pick instead. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { writeMeasured } from "./document.ts";
import { chart } from "./peers/chart.ts";
import { type JobCost, studyJob } from "./peers/job.ts";
import { medianJobs, medianSpeeds } from "./peers/medians.ts";
import { type Choice, choices, type Place, type Started, startPeers } from "./peers/peers.ts";
import { measureSpeeds, packs, type Speed, usualTurn } from "./peers/speed.ts";
import { jobs } from "./peers/studies.ts";
import { speedPart, targetsPart } from "./peers/tables.ts";
import { targetTrials, verdicts } from "./peers/targets.ts";
import { machine } from "./runs.ts";
import type { Workload } from "./workloads/workload.ts";
import { workloads } from "./workloads/workloads.ts";

export interface Selection {
  readonly peers: readonly Choice[];
  readonly workloads: readonly Workload[];
  /** Trials at once. */
  readonly trials: readonly number[];
}

export interface PeersOptions extends Place, Selection {
  readonly json: boolean;
  /** How often what has targets is measured; tables have the medians. Other trials at once are measured in the first run alone. */
  readonly runs: number;
  /** Put the tables and the chart into the README's section. */
  readonly write: boolean;
}

/** The names of a comma-separated list. Throws Error that lists what there is. */
function chosen<T extends string>(flag: string, written: string | undefined, all: readonly T[]): readonly T[] {
  if (written === undefined) return all;
  return written.split(",").map((name) => {
    const found = all.find((one) => one === name);
    if (found === undefined) throw new Error(`${flag} ${written}: there is no ${name}; name some of ${all.join(",")}`);
    return found;
  });
}

interface Written extends Partial<Record<"peers" | "workloads" | "trials", string>> {
  readonly write: boolean;
}

/** What the flags select; all without them. Throws Error that names what is wrong and what there is. */
export function selected(written: Written): Selection {
  if (written.write && (written.peers ?? written.workloads ?? written.trials) !== undefined) {
    throw new Error("--write wants everything measured: leave --peers, --workloads and --trials out");
  }
  const counts = written.trials === undefined ? packs : chosen("--trials", written.trials, packs.map(String)).map(Number);
  const names = workloads.map(({ name }) => name);
  const some = chosen("--workloads", written.workloads, names);
  return { trials: counts, peers: chosen("--peers", written.peers, choices), workloads: workloads.filter(({ name }) => some.includes(name)) };
}

async function measureAll(started: readonly Started[], { workloads: some, trials: counts }: Selection): Promise<Speed[]> {
  const speeds: Speed[] = [];
  for (const workload of some) {
    for (const trials of counts) {
      process.stderr.write(`${workload.name}, K=${trials}\n`);
      speeds.push(...(await measureSpeeds(started, { workload, trials, turn: usualTurn })));
    }
  }
  return speeds;
}

async function measureJobs(some: readonly Workload[], place: Place): Promise<JobCost[]> {
  const costs: JobCost[] = [];
  for (const job of jobs.filter((one) => some.some(({ name }) => name === one))) {
    process.stderr.write(`whole job, ${job}\n`);
    costs.push(...(await studyJob(job, place)));
  }
  return costs;
}

/** Prints the tables; resolves to whether every target that was measured was met. */
export async function benchPeers(options: PeersOptions): Promise<boolean> {
  const { peers, workloads: some, runs } = options;
  const started = await startPeers(peers, options);
  try {
    const seen: { speeds: Speed[]; costs: JobCost[] }[] = [];
    for (let run = 0; run < runs; run++) {
      const trials = run === 0 ? options.trials : options.trials.filter((count) => count === targetTrials);
      seen.push({ speeds: await measureAll(started, { ...options, trials }), costs: peers.includes("torch") ? await measureJobs(some, options) : [] });
    }
    const [speeds, costs] = [medianSpeeds(seen.map((run) => run.speeds)), medianJobs(seen.map((run) => run.costs))];
    const names = started.map(({ greeting }) => String(greeting["name"])).join(", ");
    const measured = { machine: `${machine(runs)}; ${names}:`, speeds, jobs: costs, verdicts: verdicts({ speeds, jobs: costs }) };
    const text = `${speedPart(measured)}\n\n${targetsPart(measured)}`;
    process.stdout.write(options.json ? `${JSON.stringify(measured, null, 2)}\n` : `${text}\n`);
    if (options.write) {
      writeMeasured({ command: "pnpm bench peers --write", measured: text });
      writeFileSync(join(import.meta.dirname, "peers.svg"), chart(speeds));
    }
    return measured.verdicts.every(({ met }) => met);
  } finally {
    for (const { close } of started) await close();
  }
}
