/** Whole jobs, start-up included: `allot run` against one PyTorch process per trial. */
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { outcomesIn } from "../../packages/cli/src/testing/outcomes.ts";
import { tolerance } from "./agreement.ts";
import { type Place, peersPython, singleThreaded } from "./peers.ts";
import { handStudiesOver, type Job, writeManifest } from "./studies.ts";
import { type Cost, timed } from "./timed.ts";

const jobTrials = [8, 64];
const steps = 200;
/** Processes of PyTorch that are run; more trials cost the same each. */
const processes = 8;

/** A training of so many trials by 200 steps, on one CPU. */
export interface JobCost {
  readonly workload: string;
  readonly trials: number;
  /** `allot run` with one lane. */
  readonly ours: Cost;
  readonly torch: Cost;
}

const main = join(import.meta.dirname, "../../packages/cli/src/main.ts");
const script = join(import.meta.dirname, "torch_trial.py");

const times = ({ wall, cpu }: Cost, factor: number): Cost => ({ wall: wall * factor, cpu: cpu * factor });

/** Compares final losses; throws where a trial trained something else. */
function agree(theirs: readonly number[], ours: readonly number[], who: string): void {
  for (const [trial, loss] of theirs.entries()) {
    const expected = ours[trial] ?? Number.NaN;
    if (!(Math.abs(loss - expected) <= tolerance.job * expected)) {
      throw new Error(`${who}: trial ${trial} ends with loss ${loss}, ours with ${expected}, which may differ by ${tolerance.job} of it`);
    }
  }
}

/** One process per trial, for the first trials of a hand-over: what all cost, and their final losses. */
function torchTrials(folder: string, { cache, environment }: Place): Cost & { losses: number[] } {
  const python = peersPython(cache);
  let [wall, cpu] = [0, 0];
  const losses: number[] = [];
  for (let trial = 0; trial < processes; trial++) {
    const cost = timed([python, script, folder, String(trial), String(steps)], singleThreaded(environment));
    losses.push(Number(cost.stdout));
    wall += cost.wall;
    cpu += cost.cpu;
  }
  return { wall, cpu, losses };
}

/** Final losses of a finished run, by trial. */
async function finalLosses(store: string, { job, trials }: { job: Job; trials: number }): Promise<number[]> {
  const name = (await readdir(store)).find((entry) => entry.startsWith(`${job}-`));
  const outcomes = await outcomesIn(join(store, name ?? "absent"), trials);
  const losses: number[] = [];
  for (const { trial, metrics } of outcomes) losses[trial] = metrics["train.loss"] ?? Number.NaN;
  return losses;
}

async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), "allot-bench-"));
  try {
    return await work(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A job from the manifest to the report. */
export const studyJob = async (job: Job, place: Place): Promise<JobCost[]> =>
  inFolder(async (folder) => {
    const manifest = writeManifest(folder, { job, trials: Math.max(...jobTrials) });
    await handStudiesOver(folder, { job, manifest, trials: processes });
    const torch = torchTrials(folder, place);
    const costs: JobCost[] = [];
    for (const trials of jobTrials) {
      const store = join(folder, String(trials));
      const file = writeManifest(folder, { job, trials });
      const { wall, cpu } = timed([process.execPath, main, "run", file, "--lanes", "1", "--store", store], singleThreaded(place.environment));
      if (trials === Math.max(...jobTrials)) agree(torch.losses, await finalLosses(store, { job, trials }), `${job}, job of ${trials}`);
      costs.push({ workload: job, trials, ours: { wall, cpu }, torch: times(torch, trials / processes) });
    }
    return costs;
  });
