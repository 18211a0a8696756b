/** `pnpm bench peers`: training speed of the `wasm` engine side by side with what a user would pick instead. */
import { cpus, loadavg, totalmem } from "node:os";
import { systemClock } from "../packages/runtime/src/index.ts";
import { writeDocument } from "./peers/document.ts";
import { type JobCost, studyJob } from "./peers/job.ts";
import { type Choice, choices, type Place, type Started, startPeers, withAvx2 } from "./peers/peers.ts";
import { measureSpeeds, packs, type Speed, usualTurn } from "./peers/speed.ts";
import { jobs } from "./peers/studies.ts";
import { speedPart, targetsPart } from "./peers/tables.ts";
import { targetTrials, verdicts } from "./peers/targets.ts";
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
  /** Put the tables and the chart into the README's section. */
  readonly write: boolean;
  /** Hold the peers to AVX2, and leave out whole jobs. */
  readonly avx2: boolean;
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
  readonly avx2: boolean;
}

/** What the flags select; all without them, and with `--avx2` the trials at once that have targets. Throws Error that names what is wrong and what there is. */
export function selected(written: Written): Selection {
  if (written.write && (written.peers ?? written.workloads ?? written.trials) !== undefined) {
    throw new Error("--write wants everything measured: leave --peers, --workloads and --trials out");
  }
  const usual = written.avx2 ? [targetTrials] : packs;
  const counts = written.trials === undefined ? usual : chosen("--trials", written.trials, packs.map(String)).map(Number);
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

function machine(started: readonly Started[], avx2: boolean): string {
  const names = started.map(({ greeting }) => String(greeting["name"])).join(", ");
  const [load] = loadavg();
  const gib = (totalmem() / 2 ** 30).toFixed(0);
  const date = new Date(systemClock.now()).toISOString().slice(0, 10);
  return `${date}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${gib} GiB, load ${load!.toFixed(0)}; ${names}${avx2 ? ", held to AVX2" : ""}:`;
}

/** Prints the tables; resolves to whether every target that was measured was met. */
export async function benchPeers(options: PeersOptions): Promise<boolean> {
  const { peers, workloads: some, avx2 } = options;
  const place = { cache: options.cache, environment: avx2 ? withAvx2(options.environment) : options.environment };
  const started = await startPeers(peers, place);
  try {
    const speeds = await measureAll(started, options);
    if (!options.json) process.stdout.write(`${speedPart({ machine: machine(started, avx2), speeds })}\n\n`);
    const costs = peers.includes("torch") && !avx2 ? await measureJobs(some, place) : [];
    const measured = { machine: machine(started, avx2), speeds, jobs: costs, verdicts: verdicts({ speeds, jobs: costs }) };
    process.stdout.write(options.json ? `${JSON.stringify(measured, null, 2)}\n` : `${targetsPart(measured)}\n`);
    if (options.write) writeDocument(measured, options);
    return measured.verdicts.every(({ met }) => met);
  } finally {
    for (const { close } of started) await close();
  }
}
