import { type Expansion, expand, type Trial } from "@allot/expansion";
import type { Measurements, Outcome, Provenance } from "@allot/ledger";
import { parseManifests } from "@allot/spec";
import type { SummariseOptions } from "../summarise.ts";

/** Options of `summarise` that can be read more than once. */
export interface Synthetic extends SummariseOptions {
  readonly outcomes: readonly Outcome[];
  readonly curves: readonly Measurements[];
}

/** Expansion of the first sweep of a manifest. */
export function expansionOf(text: string): Expansion {
  return expand(parseManifests(text, "synthetic.yaml")[0]!);
}

/** A reproducible number in [-1, 1), triangular, for a key of whole numbers. */
export function wobble(...key: readonly number[]): number {
  let state = 2166136261;
  const next = (): number => {
    for (let round = 0; round < 3; round++) state = Math.imul(state ^ (state >>> 15), 2246822519) >>> 0;
    return state / 4294967296;
  };
  for (const part of key) state = Math.imul(state ^ (part + 1), 16777619) >>> 0;
  return next() + next() - 1;
}

/** How a synthetic trial ends. */
export type Ending = Partial<Pick<Outcome, "state" | "failure" | "message" | "reused">> & Pick<Outcome, "metrics"> & { measured?: Record<string, number> };

/** One outcome a trial; `undefined` leaves it pending. */
export function outcomesOf(expansion: Expansion, end: (trial: Trial) => Ending | undefined): Outcome[] {
  return trialsOf(expansion).flatMap((trial): Outcome[] => {
    const ending = end(trial);
    if (ending === undefined) return [];
    const { index, arm, replicate, labels } = trial;
    const identity = index.toString(16).padStart(64, "0");
    return [{ trial: index, replicate, arm, labels, identity, state: "Succeeded", engine: "wasm", ...ending, measured: ending.measured ?? {} }];
  });
}

/** Measurements of every trial, one batch a trial; steps and values by trial and metric. */
export function curvesOf(
  expansion: Expansion,
  value: (trial: Trial, at: { metric: string; step: number }) => number,
  shape: { metrics: string[]; steps: number[] },
): Measurements[] {
  return trialsOf(expansion).map((trial) => {
    const points = shape.metrics.flatMap((metric) => shape.steps.map((step) => ({ metric, step, value: value(trial, { metric, step }) })));
    return { trial: points.map(() => trial.index), metric: points.map((p) => p.metric), step: points.map((p) => p.step), value: points.map((p) => p.value) };
  });
}

function trialsOf(expansion: Expansion): Trial[] {
  return Array.from({ length: expansion.trials }, (_, index) => expansion.trialAt(index));
}

/** Provenance of a run of a released version. */
export const provenance: Provenance = {
  allot: "0.1.0",
  lockfile: "9f".repeat(32),
  manifest: "3c".repeat(32),
  git: { commit: "0123456789abcdef0123456789abcdef01234567", dirty: false },
  data: { "t10k-images-idx3-ubyte": "0f".repeat(32), "t10k-labels-idx1-ubyte": "ff".repeat(32) },
  engine: { name: "wasm", version: "0.1.0", numerics: 1 },
  host: { cpu: "x86-64, 2 cores", node: "22.23.3", os: "linux" },
};
