import type { StudyInput } from "@allot/spec";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { compose } from "../compose.ts";
import { drawCompletion } from "../data/low-rank-matrix.ts";
import { setupOf, train } from "../testing/studies.ts";
import { orthogonalSource } from "./orthogonal-source.ts";

const untrained = (data: Extract<StudyInput["data"], { kind: "lowRankMatrix" }>, objective: StudyInput["objective"] = {}): StudyInput => ({
  data,
  model: { kind: "deepLinear", depth: 2, width: 4 },
  objective,
  optimizer: { kind: "none" },
  dtype: "f64",
});

/** ½ Σ over the known entries, and relative squared errors on known and unknown ones, computed from W₂W₁ − Φ itself. */
const byHand = (study: StudyInput): Record<string, number> => {
  const setup = setupOf(study);
  const run = compose({ trials: [setup], dataset: undefined, engine: "reference" });
  const [below, above] = Object.values(run.tensors(0)).map(({ shape: [rows = 1, columns = 1], values }) => Matrix.from1DArray(rows, columns, values));
  run.close();
  if (setup.study.data.kind !== "lowRankMatrix") throw new Error("no matrix");
  const { targets, known } = drawCompletion(setup.study.data, setup.streams.data);
  const made = above!.mmul(below!).transpose().to1DArray();
  const sum = (of: (at: number) => number): number => made.reduce((total, _, at) => total + of(at), 0);
  const share = (weight: (at: number) => number): number =>
    sum((at) => weight(at) * (made[at]! - targets[at]!) ** 2) / sum((at) => weight(at) * targets[at]! ** 2);
  return {
    "train.loss": 0.5 * sum((at) => known[at]! * (made[at]! - targets[at]!) ** 2),
    "train.nmse": share((at) => known[at]!),
    "test.nmse": share((at) => 1 - known[at]!),
  };
};

test("a matrix that is known in part: known entries train, the others test", () => {
  const study = untrained({ kind: "lowRankMatrix", rows: 6, columns: 9, rank: 2, observed: 0.4 }, { reduction: "sum", scale: 0.5 });
  const [got] = train(study, { replicates: 1 }).finals;
  for (const [name, value] of Object.entries(byHand(study))) expect(got![name]).toBeCloseTo(value, 10);
});

test("a mean is the sum over all entries, known or not", () => {
  const data = { kind: "lowRankMatrix", rows: 6, columns: 9, rank: 2, observed: 0.4 } as const;
  const [sum, mean] = ([{ reduction: "sum" }, {}] as const).map((objective) => train(untrained(data, objective), { replicates: 1 }).finals[0]!["train.loss"]!);
  expect(mean).toBeCloseTo(sum! / 54, 12);
});

test("a matrix that is known has no test", () => {
  const [got] = train(untrained({ kind: "lowRankMatrix", rows: 6, rank: 2 }), { replicates: 1 }).finals;
  expect(Object.keys(got!)).toEqual(["train.loss", "train.nmse", "match", "learnableParameters", "totalParameters", "fixedUnchanged"]);
});

test("orthogonal inputs are orthonormal, other ones in the next replicate", () => {
  const study: StudyInput = { data: { kind: "orthogonalClasses", classes: 3, perClass: 4 }, model: { kind: "deepLinear" }, optimizer: { kind: "none" } };
  const source = orthogonalSource({ kind: "orthogonalClasses", classes: 3, perClass: 4 }, { oneHot: true });
  const [one, two] = [0, 1].map((replicate) => Matrix.from1DArray(12, 12, source.inputsFor(setupOf(study, replicate), "start").values));
  expect(Matrix.sub(one!.mmul(one!.transpose()), Matrix.eye(12)).norm("frobenius")).toBeLessThan(1e-13);
  expect(Matrix.sub(one!, two!).norm("frobenius")).toBeGreaterThan(1);
});

test.for(["meanSquaredError", "crossEntropy"] as const)("orthogonal classes are learnt with %s, in batches too", (task) => {
  const study: StudyInput = {
    data: { kind: "orthogonalClasses", classes: 3, perClass: 4 },
    model: { kind: "deepLinear", depth: 2 },
    initialiser: { "*": { kind: "orthogonal", scale: 1 } },
    objective: { task },
    optimizer: { kind: "gd", learningRate: 0.5, epochs: 60, batch: 4 },
  };
  const [batched] = train(study, { replicates: 1 }).finals;
  const [whole] = train({ ...study, optimizer: { kind: "gd", learningRate: 0.5, steps: 200 } }, { replicates: 1 }).finals;
  expect(batched!["train.accuracy"]).toBe(1);
  expect(whole!["train.accuracy"]).toBe(1);
});
