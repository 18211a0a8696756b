import type { StudyInput } from "@allot/spec";
import type { EngineName } from "@allot/tensor";
import { expect, test } from "vitest";
import { mean, median, train } from "./testing/studies.ts";

/** Study 000's acceptance rows (studies.md 1c). */

type Allocation = NonNullable<StudyInput["allocation"]>;

const decoderOnly = (strategy: "spread" | "col" | "row" | "uniform" | "block" | "rankGreedy"): StudyInput => ({
  data: { kind: "linearRnnTeacher", steps: 6 },
  model: { kind: "linearRnn", hidden: 12, inputs: 1, outputs: 4 },
  allocation: { "{input,recurrent}": { strategy: "frozen" }, output: { strategy, count: 24 } },
  objective: { matchBelow: 1e-10 },
  optimizer: { kind: "leastSquares" },
  dtype: "f64",
});

const draws = 20;

test.for([
  { strategy: "spread", matches: 1, above: 0, below: 1e-20 },
  { strategy: "col", matches: 1, above: 0, below: 1e-20 },
  { strategy: "rankGreedy", matches: 1, above: 0, below: 1e-20 },
  { strategy: "row", matches: 0, above: 0.3, below: 2 },
  { strategy: "uniform", matches: 0, above: 0.01, below: 0.3 },
  { strategy: "block", matches: 0, above: 0.01, below: 0.3 },
] as const)("A1: with the decoder alone, $strategy has match probability $matches", ({ strategy, matches, above, below }) => {
  const { finals } = train(decoderOnly(strategy), { replicates: draws });
  expect(mean(finals.map((final) => final["match"]!))).toBe(matches);
  expect(finals.map((final) => final["learnableParameters"])).toEqual(Array(draws).fill(24));
  const error = median(finals.map((final) => final["train.nmse"]!));
  expect(error).toBeGreaterThan(above);
  expect(error).toBeLessThan(below);
});

const whole = (allocation: Allocation): StudyInput => ({
  data: { kind: "linearRnnTeacher", steps: 8 },
  model: { kind: "linearRnn", hidden: 10, inputs: 2, outputs: 2 },
  allocation,
  optimizer: { kind: "adam", learningRate: 0.02, schedule: "cosine", steps: 3000, epsilon: 1e-10 },
  dtype: "f64",
});

test("A2b: W alone can't match, whatever its budget, because M_0 = D B stays", () => {
  const allocation: Allocation = { recurrent: { strategy: "uniform", count: 64 }, "{input,output}": { strategy: "frozen" } };
  const { finals } = train(whole(allocation), { replicates: 4 });
  for (const final of finals) {
    expect(final["match"]).toBe(0);
    expect(final["train.nmse"]).toBeGreaterThan(0.05);
  }
  expect(mean(finals.map((final) => final["train.nmse"]!))).toBeGreaterThan(0.2);
});

test("A2b: B and D alone can't match, because the eigenvalues of W stay", () => {
  const { finals } = train(whole({ "{input,output}": { strategy: "full" }, recurrent: { strategy: "frozen" } }), { replicates: 4 });
  expect(finals.map((final) => final["learnableParameters"])).toEqual(Array(4).fill(40));
  for (const final of finals) expect(final["train.nmse"]).toBeGreaterThan(1e-4);
  expect(median(finals.map((final) => final["train.nmse"]!))).toBeGreaterThan(1e-3);
});

test("A2b: 64 entries spread over the whole network match nearly always", () => {
  const { finals } = train(whole({ "*": { strategy: "spread", count: 64 } }), { replicates: 6 });
  expect(mean(finals.map((final) => final["match"]!))).toBeGreaterThanOrEqual(0.8);
});

const feedForward = (allocation: Allocation, more: Partial<StudyInput> = {}): StudyInput => ({
  data: { kind: "feedForwardTeacher", split: { train: 200, validation: 0, test: 200 } },
  model: { kind: "mlp", hidden: [20], inputs: 10, outputs: 5, activation: "linear", bias: false },
  allocation,
  optimizer: { kind: "adam", learningRate: 0.02, schedule: "cosine", steps: 1500, epsilon: 1e-10 },
  ...more,
});

const testError = (study: StudyInput, engine: EngineName): number => median(train(study, { replicates: 6, engine }).finals.map((final) => final["test.nmse"]!));

const trainedError = (allocation: Allocation): number => testError(feedForward(allocation), "wasm");

const outputOnly = (strategy: "spread" | "row"): Allocation => ({ "layer.0": { strategy: "frozen" }, "layer.1": { strategy, count: 50 } });
const inputOnly = (strategy: "row" | "uniform"): Allocation => ({ "layer.0": { strategy, count: 50 }, "layer.1": { strategy: "frozen" } });

test("A3: over a linear network's output layer spread beats rows, over its input layer rows beat uniform", () => {
  expect(trainedError(outputOnly("spread"))).toBeLessThanOrEqual(0.1 * trainedError(outputOnly("row")));
  expect(trainedError(inputOnly("row"))).toBeLessThan(trainedError(inputOnly("uniform")));
});

test.for([
  { strategy: "spread", above: 0, below: 1e-18 },
  { strategy: "row", above: 0.3, below: 2 },
] as const)("A3: least squares over $strategy of the output layer ends between $above and $below", ({ strategy, above, below }) => {
  const solved = testError(feedForward(outputOnly(strategy), { optimizer: { kind: "leastSquares" }, dtype: "f64" }), "reference");
  expect(solved).toBeGreaterThan(above);
  expect(solved).toBeLessThan(below);
});

test("least squares is refused where two layers learn", () => {
  const study = feedForward({}, { optimizer: { kind: "leastSquares" }, dtype: "f64" });
  expect(() => train(study, { replicates: 1 })).toThrow(/linear in the trained weights/);
});
