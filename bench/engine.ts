/** `pnpm bench engine`: training speed of the `wasm` engine, and how much of the processor it uses by the yardstick of BLAS. */
import { homedir } from "node:os";
import { createSession, type Engine, flops, type Session } from "@allot/tensor";
import { openWasm } from "../worker/src/native.ts";
import { type Blas, startBlas } from "./blas.ts";
import { writeMeasured } from "./document.ts";
import { machine, median } from "./runs.ts";
import { rightAfter, table, thousands } from "./table.ts";
import { product } from "./workloads/product.ts";
import type { Workload } from "./workloads/workload.ts";
import { workloads } from "./workloads/workloads.ts";

const PACKS = [1, 8, 64];
const ROUNDS = 6;
const CHUNK_SECONDS = 0.15;
/** Rates are of slices this short, so that the best one was not interrupted by other work on the machine. */
const SLICE_SECONDS = 0.012;

/** A workload at one pack size, with the best rate seen. */
interface Runner {
  readonly workload: Workload;
  readonly trials: number;
  readonly session: Session;
  /** Trial-steps taken. */
  taken: number;
  /** Trial-steps per second, best slice. */
  best: number;
}

const seconds = (): number => Number(process.hrtime.bigint()) / 1e9;

function createRunner(workload: Workload, { trials, engine }: { trials: number; engine: Engine }): Runner {
  const session = createSession({ engine, programs: { train: workload.program }, trials, streams: workload.streams });
  for (let trial = 0; trial < trials; trial++) {
    workload.fill(session, trial);
    session.run("train", trial, workload.at(0)); // computes what a trial computes once
  }
  const runner = { workload, trials, session, taken: trials, best: 0 };
  measureChunk(runner); // compiles
  return { ...runner, best: 0 };
}

/** One step of one trial after the other, for a chunk of time. */
function measureChunk(runner: Runner): void {
  const { session, trials, workload } = runner;
  const end = seconds() + CHUNK_SECONDS;
  for (let now = seconds(); now < end; ) {
    const start = now;
    const before = runner.taken;
    for (; now - start < SLICE_SECONDS; now = seconds()) {
      const step = Math.floor(runner.taken / trials);
      session.run("train", runner.taken % trials, workload.at(step));
      runner.taken++;
    }
    runner.best = Math.max(runner.best, (runner.taken - before) / (now - start));
  }
}

function checkFinite({ workload, trials, session }: Runner): void {
  for (let trial = 0; trial < trials; trial++) {
    const loss = session.view("train/loss", trial)[0]!;
    if (!Number.isFinite(loss)) throw new Error(`${workload.name}: trial ${trial} diverged, its time says nothing`);
  }
}

/** One line of the result. */
interface Row {
  readonly workload: string;
  readonly description: string;
  readonly trials: number;
  readonly trialStepsPerSecond: number;
  readonly flopsPerStep: number;
  readonly fractionOfBlas: number;
  readonly target: number;
}

/** Measures engine and yardstick in turns, so that both meet the same load, and takes the best slice of each. */
async function measure(blas: Blas, engine: Engine): Promise<{ blasFlops: number; rows: Row[] }> {
  const runners = [product, ...workloads].flatMap((workload) => PACKS.map((trials) => createRunner(workload, { trials, engine })));
  let blasFlops = 0;
  const span = { seconds: CHUNK_SECONDS, slice: SLICE_SECONDS };
  for (let round = 0; round < ROUNDS; round++) {
    blasFlops = Math.max(blasFlops, await blas.measure(span));
    for (const runner of runners) measureChunk(runner);
  }
  const rows = runners.map((runner) => {
    checkFinite(runner);
    const { workload, trials, best } = runner;
    const flopsPerStep = flops(workload.program);
    const { name, description, target } = workload;
    const rate = best * flopsPerStep;
    return { workload: name, description, trials, trialStepsPerSecond: best, flopsPerStep, fractionOfBlas: rate / blasFlops, target };
  });
  return { blasFlops, rows };
}

/** The median of each figure; all runs have the same rows. */
const medianRows = (runs: readonly (readonly Row[])[]): Row[] =>
  runs[0]!.map((row, i) => ({
    ...row,
    trialStepsPerSecond: median(runs.map((rows) => rows[i]!.trialStepsPerSecond)),
    fractionOfBlas: median(runs.map((rows) => rows[i]!.fractionOfBlas)),
  }));

const head = ["workload", "K", "trial-steps/s", "MFLOP/step", "GFLOP/s", "of BLAS", "target"];

function cells(row: Row): string[] {
  const rate = row.trialStepsPerSecond;
  const target = `${row.target.toFixed(2)}${row.fractionOfBlas >= row.target ? "" : ", missed"}`;
  const first = row.trials === PACKS[0];
  return [
    first ? row.description : "",
    String(row.trials),
    thousands(rate),
    first ? (row.flopsPerStep / 1e6).toFixed(2) : "",
    ((rate * row.flopsPerStep) / 1e9).toFixed(1),
    row.fractionOfBlas.toFixed(2),
    target,
  ];
}

export interface EngineOptions {
  readonly cache: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly json: boolean;
  /** How often all is measured; the table has the medians. */
  readonly runs: number;
  /** Put the table into the README's section. */
  readonly write: boolean;
}

/** Prints the table; resolves to whether every target was met. */
export async function benchEngine({ json, runs, write, ...place }: EngineOptions): Promise<boolean> {
  const { engine, products } = openWasm(place.environment, homedir());
  const blas = await startBlas(place);
  try {
    const seen: { blasFlops: number; rows: Row[] }[] = [];
    for (let run = 0; run < runs; run++) seen.push(await measure(blas, engine));
    const rows = medianRows(seen.map((run) => run.rows));
    const blasFlops = median(seen.map((run) => run.blasFlops));
    const facts = `${machine(runs)}, Node ${process.version}, products ${products}; BLAS ${(blasFlops / 1e9).toFixed(1)} GFLOP/s (${blas.name}):`;
    const measured = `${facts}\n\n${table(head, rows.map(cells), rightAfter(1, head.length))}`;
    process.stdout.write(
      json ? `${JSON.stringify({ node: process.version, products, blas: { name: blas.name, flops: blasFlops }, rows }, null, 2)}\n` : `${measured}\n`,
    );
    if (write) writeMeasured({ command: "pnpm bench engine --write", measured });
    return rows.every((row) => row.fractionOfBlas >= row.target);
  } finally {
    await blas.close();
  }
}
