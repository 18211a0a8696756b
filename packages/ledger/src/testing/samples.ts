import { sha256 } from "@allot/spec";
import type { EndState, Measurements, Outcome, Provenance, Segment } from "../outcome.ts";

const provenance: Provenance = {
  allot: "0.1.0",
  lockfile: sha256("lockfile"),
  manifest: sha256("manifest"),
  git: { commit: "0123456789abcdef", dirty: true },
  data: { "train-images": sha256("images") },
  engine: { name: "reference", version: "1", numerics: 1 },
  host: { cpu: "a processor", node: "v22" },
};

/** Numbers that careless storage loses. */
export const awkwardNumbers = [0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 5e-324, 0.1, 1 / 3, Number.MAX_VALUE, 2 ** 53 + 2];

const stateOf = (trial: number): EndState => (trial % 7 === 3 ? "Failed" : trial % 5 === 4 ? "Pruned" : "Succeeded");

export const outcomeOf = (trial: number): Outcome => {
  const state = stateOf(trial);
  return {
    trial,
    replicate: trial % 4,
    arm: Math.floor(trial / 4),
    identity: sha256(`trial ${trial}`),
    labels: { "allocation.layer.0": trial % 8 < 4 ? "half" : "voll, größer", "optimizer.learningRate": 0.001 * (trial + 1), cap: trial % 2 === 0 },
    state,
    ...(state === "Failed" && { failure: "diverged", message: `loss is NaN at step ${trial}, "sehr schade" 💥` }),
    metrics: state === "Failed" ? {} : { "train.loss": awkwardNumbers[trial % awkwardNumbers.length] ?? 0, learnableParameters: 510 + trial },
    measured: { "training.seconds": 0.25 + trial / 3 },
    engine: "reference",
    ...(trial % 6 === 1 && { reused: "other-00000000/p000003" }),
  };
};

export const measurementsOf = (trials: readonly number[], points = 3): Measurements => {
  const rows = trials.flatMap((trial) => Array.from({ length: points }, (_, i) => ({ trial, i })));
  return {
    trial: rows.map(({ trial }) => trial),
    metric: rows.map(({ i }) => (i % 2 === 0 ? "train.loss" : "validation.accuracy")),
    step: rows.map(({ i }) => i * 100),
    value: rows.map(({ trial, i }) => awkwardNumbers[(trial + i) % awkwardNumbers.length] ?? 0),
  };
};

export const nameOf = (pack: number): string => `p${String(pack).padStart(6, "0")}`;

/** Pack number `pack` of a sweep whose packs all have `size` trials. */
export const segmentOf = (pack: number, size = 4): Segment => {
  const trials = Array.from({ length: size }, (_, i) => pack * size + i);
  return {
    pack,
    name: nameOf(pack),
    first: pack * size,
    last: pack * size + size - 1,
    outcomes: trials.map(outcomeOf),
    measurements: measurementsOf(trials),
    provenance,
    attempt: { lane: "lane 1", delivery: 2 },
  };
};
