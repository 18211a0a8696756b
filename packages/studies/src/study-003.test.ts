import type { StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { train } from "./testing/studies.ts";

/** Study 003's acceptance rows A1–A3 (studies.md 4c): what the law of parsimony says of every layer, and what breaks it. */

const optimizer = { kind: "gd", learningRate: 1, steps: 2000 } as const;
const threshold = 1e-6;

const study = (more: Partial<StudyInput>, scale = 1): StudyInput => ({
  data: { kind: "lowRankMatrix", rows: 30, rank: 3 },
  model: { kind: "deepLinear", depth: 3 },
  initialiser: { "*": { kind: "orthogonal", scale } },
  objective: { reduction: "mean", scale: 0.5 },
  optimizer,
  measureAt: [50],
  probes: [{ kind: "subspaceLeak" }, { kind: "rhoResidual" }, { kind: "rhoResidual", rho: "fitted" }, { kind: "movingSingularValues", threshold }],
  dtype: "f64",
  ...more,
});

/** The two measurements of one trial. */
const course = (input: StudyInput): Record<string, number>[] => train(input, { replicates: 1 }).curves[0]!;

/** The metrics of one trial at its end. */
const final = (input: StudyInput, engine: "reference" | "wasm" = "reference"): Record<string, number> => train(input, { replicates: 1, engine }).finals[0]!;

const moving = (metrics: Record<string, number>): number[] =>
  Object.entries(metrics).flatMap(([name, value]) => (name.startsWith("movingSingularValues.") ? [value] : []));

test.for<{ says: string; study: StudyInput; depth: number; moved: number }>([
  { says: "three layers from ε = 1", study: study({}), depth: 3, moved: 6 },
  {
    says: "five layers from ε = 0.7",
    study: study({ model: { kind: "deepLinear", depth: 5 }, optimizer: { ...optimizer, learningRate: 0.5, steps: 1000 } }, 0.7),
    depth: 5,
    moved: 6,
  },
  {
    says: "two layers of 60 and rank 5",
    study: study(
      {
        data: { kind: "lowRankMatrix", rows: 60, rank: 5 },
        model: { kind: "deepLinear", depth: 2 },
        optimizer: { ...optimizer, learningRate: 5, steps: 400 },
      },
      0.3,
    ),
    depth: 2,
    moved: 10,
  },
  { says: "weight decay", study: study({ optimizer: { ...optimizer, learningRate: 3, weightDecay: 1e-3, steps: 1000 } }, 0.5), depth: 3, moved: 6 },
  {
    says: "a penalty instead",
    study: study({ optimizer: { ...optimizer, learningRate: 3, steps: 300 }, objective: { scale: 0.5, l2: 1e-3 } }, 0.5),
    depth: 3,
    moved: 6,
  },
  {
    says: "a sum instead of a mean, and a falling rate",
    study: study({ optimizer: { ...optimizer, learningRate: 1 / 900, schedule: "cosine", steps: 300 }, objective: { reduction: "sum", scale: 0.5 } }),
    depth: 3,
    moved: 6,
  },
])("A1: of $says, gradient descent moves 2r singular values of a layer, and the rest as the recursion says", ({ study: input, depth, moved }) => {
  const [early, late] = course(input);
  for (const metrics of [early!, late!]) {
    expect(metrics["subspaceLeak"]).toBeLessThanOrEqual(1e-10);
    expect(metrics["rhoResidual"]).toBeLessThanOrEqual(1e-10);
    expect(metrics["rhoResidual.fitted"]).toBeLessThanOrEqual(1e-10);
    expect(moving(metrics)).toEqual(Array.from({ length: depth }, () => moved));
  }
  expect(late!["train.loss"]).toBeLessThan(0.7 * early!["train.loss"]!);
});

test("A1: figures of studies.md for any draw: ρ falls to 0.5638, and the product has ρ³ where nothing else changes it", () => {
  const { steps, learningRate } = optimizer;
  let rho = 1;
  for (let step = 0; step < steps; step++) rho *= 1 - (learningRate * rho ** 4) / 900;
  expect(rho).toBeCloseTo(0.5638, 4);
  const last = final(study({ probes: [{ kind: "endToEnd", count: 27 }] }));
  for (let i = 4; i <= 27; i++) expect(last[`endToEnd.${i}`]).toBeCloseTo(rho ** 3, 10); // 3 larger ones of Φ, and 3 that vanish
  expect(last["endToEnd.3"]).toBeGreaterThan(1);
});

test("A1: float32 on wasm keeps it to 1e-5", () => {
  const last = final(
    study({
      dtype: "f32",
      probes: [{ kind: "subspaceLeak" }, { kind: "rhoResidual" }, { kind: "movingSingularValues", threshold: 1e-4 }],
    }),
    "wasm",
  );
  expect(last["subspaceLeak"]).toBeLessThanOrEqual(1e-5);
  expect(last["rhoResidual"]).toBeLessThanOrEqual(1e-5);
  expect(moving(last)).toEqual([6, 6, 6]);
});

test.for<{ says: string; study: StudyInput }>([
  { says: "normal weights of the same norm", study: study({ initialiser: { "*": { kind: "normMatchedNormal", scale: 1 } } }) },
  { says: "uniform weights of the same norm", study: study({ initialiser: { "*": { kind: "normMatchedUniform", scale: 1 } } }) },
  { says: "Adam", study: study({ optimizer: { kind: "adam", learningRate: 0.01, steps: 300 } }) },
])("A2: $says break the law", ({ study: input }) => {
  const last = final(input);
  expect(last["train.loss"]).toBeLessThan(1e-3);
  expect(last["subspaceLeak"]).toBeGreaterThan(0.1);
  expect(last["rhoResidual.fitted"]).toBeGreaterThan(0.1);
  expect(moving(last)).toEqual([30, 30, 30]);
});

test("A3: momentum keeps the subspaces and leaves the recursion", () => {
  const last = final(study({ optimizer: { kind: "momentum", learningRate: 0.3, steps: 2000 } }));
  expect(last["subspaceLeak"]).toBeLessThanOrEqual(1e-10);
  expect(last["rhoResidual.fitted"]).toBeLessThanOrEqual(1e-10);
  expect(last["rhoResidual"]).toBeGreaterThan(0.1);
  expect(moving(last)).toEqual([6, 6, 6]);
});

test("X3: training one layer as a whole keeps the law, masks within layers break it", () => {
  const probes: StudyInput["probes"] = [{ kind: "subspaceLeak" }, { kind: "rhoResidual", rho: "fitted" }];
  const leak = (allocation: StudyInput["allocation"]): number => final(study({ allocation, probes, optimizer: { ...optimizer, steps: 400 } }))["subspaceLeak"]!;
  expect(leak({ "layer.{0,2}.weight": { strategy: "frozen" } })).toBeLessThanOrEqual(1e-10);
  for (const strategy of ["uniform", "row", "col"] as const) expect(leak({ "*": { strategy, fraction: 0.5 } })).toBeGreaterThan(0.1);
});
