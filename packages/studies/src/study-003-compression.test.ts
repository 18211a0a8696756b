import type { StudyInput } from "@allot/spec";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { compose } from "./compose.ts";
import type { Run } from "./run/run.ts";
import { setupOf, train } from "./testing/studies.ts";

/** Study 003's acceptance rows A4 and A5 (studies.md 4c): a deep linear net and its compressed twin. */

/** W_L ⋯ W_1 */
const product = (run: Run): Matrix =>
  Object.values(run.tensors(0))
    .map(({ shape: [rows = 1, columns = 1], values }) => Matrix.from1DArray(rows, columns, values))
    .reduce((below, weight) => weight.mmul(below));

const [size, rank, depth] = [60, 4, 3];

const whole = (scale: number, optimizer: StudyInput["optimizer"]): StudyInput => ({
  data: { kind: "lowRankMatrix", rows: size, rank },
  model: { kind: "deepLinear", depth },
  initialiser: { "*": { kind: "orthogonal", scale } },
  objective: { reduction: "sum", scale: 0.5 / size },
  optimizer,
  dtype: "f64",
});

/** ‖W_{L:1}(t) − f_comp(t)‖ after some steps of both arms in one replicate, and their last losses. */
const distances = (study: StudyInput, steps: readonly number[]): { distances: number[]; losses: number[]; learnable: number[] } => {
  const arms = [study, { ...study, allocation: { "*": { strategy: "factor", rank } } } satisfies StudyInput];
  const runs = arms.map((arm) => compose({ trials: [setupOf(arm)], dataset: undefined, engine: "reference" }));
  const found = steps.map((step) => {
    for (const run of runs) run.advance(0, step);
    return Matrix.sub(product(runs[0]!), product(runs[1]!)).norm("frobenius");
  });
  const losses = runs.map((run) => run.measure(0)["train.loss"]!);
  const learnable = runs.map((run) => run.facts(0).learnableParameters);
  for (const run of runs) run.close();
  return { distances: found, losses, learnable };
};

const rate = 0.05;

test.for([
  { scale: 0.01, steps: [0, 20, 100], want: "7.211e-6" },
  { scale: 0.1, steps: [0, 20, 100], want: "7.211e-3" },
  { scale: 0.3, steps: [0, 100, 350], want: "1.947e-1" },
])("A4: from ε = $scale the compressed twin is ρ(t)^L √(d − 2r) from the whole net, at most $want", ({ scale, steps, want }) => {
  const got = distances(whole(scale, { kind: "gd", learningRate: rate, steps: Math.max(...steps) }), steps);
  const rho = (step: number): number => Array.from({ length: step }).reduce<number>((before) => before * (1 - (rate / size) * before ** 4), scale);
  for (const [i, step] of steps.entries()) expect(got.distances[i]! / (rho(step) ** depth * Math.sqrt(size - 2 * rank))).toBeCloseTo(1, 8);
  expect(Math.max(...got.distances).toExponential(3)).toBe(want);
  expect(got.learnable).toEqual([10_800, 192]);
  expect(got.losses[1]).toBeLessThanOrEqual(got.losses[0]!);
});

const apart = (optimizer: StudyInput["optimizer"]): number => Math.max(...distances(whole(0.1, optimizer), [0, 100]).distances);

test("A4: momentum keeps them together, Adam does not", () => {
  const bound = 0.1 ** depth * Math.sqrt(size - 2 * rank);
  expect(apart({ kind: "momentum", learningRate: 0.005, steps: 100 })).toBeLessThanOrEqual(1.001 * bound);
  expect(apart({ kind: "adam", learningRate: 1e-3, steps: 100 })).toBeGreaterThan(1);
});

const completion: StudyInput = {
  data: { kind: "lowRankMatrix", rows: 100, rank: 5, observed: 0.3 },
  model: { kind: "deepLinear", depth: 3 },
  initialiser: { "*": { kind: "orthogonal", scale: 0.01 } },
  objective: { reduction: "mean", scale: 0.5 },
  optimizer: { kind: "gd", learningRate: 200, steps: 3000 },
  measureEvery: 50,
  probes: [{ kind: "stepsTo", metric: "train.loss", threshold: 1e-6, as: "steps" }],
};

const compressed = (multiplier: number): StudyInput => ({ ...completion, allocation: { "*": { strategy: "factor", rank: 5, multiplier } } });

const final = (study: StudyInput): { error: number; steps: number | undefined; match: number } => {
  const [metrics] = train(study, { replicates: 1, engine: "wasm" }).finals;
  return { error: Math.sqrt(metrics!["test.nmse"]!), steps: metrics!["steps"], match: metrics!["match"]! };
};

test("A5: the whole net completes the matrix, its twin where the outer factors learn a little, and not where they are frozen", () => {
  const full = final({ ...completion, optimizer: { kind: "gd", learningRate: 200, steps: 1400 } });
  const [frozen, little] = [final(compressed(0)), final(compressed(0.01))];
  const narrow = final({ ...completion, model: { kind: "deepLinear", depth: 3, width: 10 } });
  expect(full.error).toBeLessThan(0.01);
  expect(little.error).toBeLessThan(0.01);
  expect([full.match, little.match, frozen.match]).toEqual([1, 1, 0]);
  expect(frozen.error).toBeGreaterThan(0.2);
  expect(frozen.steps).toBeUndefined();
  expect(full.steps).toBeLessThan(little.steps!);
  expect(little.steps).toBeLessThan(narrow.steps!);
});
