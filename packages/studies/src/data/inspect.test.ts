import type { StudyInput } from "@allot/spec";
import { deriveKey, normals } from "@allot/tensor";
import { Matrix, QrDecomposition } from "ml-matrix";
import { expect, test } from "vitest";
import { matrix } from "../models/numbers.ts";
import { generatedImages, setupOf, thrown } from "../testing/studies.ts";
import { assumptionsOf } from "./assumptions.ts";
import { factsOf } from "./facts.ts";
import { inspect } from "./inspect.ts";
import { loadData } from "./load.ts";

const gaussian = (name: string, rows: number, columns: number): Matrix =>
  Matrix.from1DArray(rows, columns, normals(deriveKey("0000000000000000", name), rows * columns));

const rows = (x: Matrix) => matrix(Float64Array.from(x.to1DArray()), x.columns);

test("inputs of known rank, and targets of known rank of them", () => {
  const inputs = gaussian("a", 60, 4).mmul(gaussian("b", 4, 9));
  const facts = factsOf({ inputs: rows(inputs), targets: rows(inputs.mmul(gaussian("c", 9, 2)).mmul(gaussian("d", 2, 5))), labels: false });
  expect(facts).toMatchObject({ examples: 60, inputs: 9, outputs: 5, targetRank: 2, spectrum: { rank: 4 } });
  expect(facts.spectrum.effectiveRank).toBeGreaterThan(1);
  expect(facts.spectrum.effectiveRank).toBeLessThanOrEqual(4 + 1e-9);
  expect(facts.spectrum.components95).toBeLessThanOrEqual(4);
  expect(assumptionsOf(facts).find(({ study }) => study === "allocation strategies")).toMatchObject({ holds: false });
});

test("white inputs have equal moments, all directions count alike, and a compressed twin is exact", () => {
  const { orthogonalMatrix } = new QrDecomposition(gaussian("q", 40, 12));
  const white = Matrix.mul(orthogonalMatrix, Math.sqrt(40));
  const facts = factsOf({ inputs: rows(white), targets: rows(white.mmul(gaussian("e", 12, 1)).mmul(gaussian("f", 1, 12))), labels: false });
  expect(facts.moments.largest).toBeCloseTo(1, 10);
  expect(facts.moments.smallest).toBeCloseTo(1, 10);
  expect(assumptionsOf(facts).find(({ study }) => study === "law of parsimony")).toMatchObject({
    holds: true,
    says: expect.stringMatching(/rank: 1, cores of 2 × 2; inputs are white/),
  });
});

test("two directions, one of three times the deviation: figures by hand", () => {
  const values = Float64Array.of(3, 0, -3, 0, 0, 1, 0, -1); // variances 4.5 and .5
  const facts = factsOf({ inputs: matrix(values, 2), targets: matrix(Float64Array.of(1, 0, 0, 1, 1, 0, 1, 0), 2), labels: true });
  expect(facts.classes).toEqual([3, 1]);
  expect(facts.spectrum.participationRatio).toBeCloseTo(25 / 20.5, 12);
  expect(facts.spectrum.components95).toBe(2);
  expect(facts.norm1).toEqual({ mean: 2, deviation: 1 });
  expect(facts.smallest).toBe(-3);
});

const images: StudyInput = { data: { kind: "mnist" }, model: { kind: "mlp", hidden: [4] }, optimizer: { kind: "none" } };

test("images are looked at as a study gets them", () => {
  const setup = setupOf(images);
  const { counts, facts, assumptions } = inspect(setup, loadData(setup.study, generatedImages("t10k", 200)));
  expect(counts).toEqual({ train: 140, validation: 20, test: 40 });
  expect(facts).toMatchObject({ examples: 140, inputs: 784, outputs: 10, smallest: 0 });
  expect(facts.classes?.reduce((a, b) => a + b)).toBe(140);
  expect(assumptions.map(({ study }) => study)).toEqual(["allocation strategies", "explicit solutions", "guided training", "law of parsimony"]);
});

test("so are images with a target for each class", () => {
  const setup = setupOf({ ...images, objective: { task: "meanSquaredError" } });
  const { facts } = inspect(setup, loadData(setup.study, generatedImages("t10k", 200)));
  expect(facts).toMatchObject({ examples: 140, inputs: 784, outputs: 10 });
});

test.for([1, 0.3])("of a matrix of which a share of %s is known, the rank that its compressed twin needs is its own", (observed) => {
  const setup = setupOf({ data: { kind: "lowRankMatrix", rows: 20, rank: 3, observed }, model: { kind: "deepLinear" }, optimizer: { kind: "none" } });
  const { counts, facts, assumptions } = inspect(setup, undefined);
  expect(counts).toEqual({ train: 20, validation: 0, test: observed === 1 ? 0 : 20 });
  expect(facts).toMatchObject({ inputs: 20, outputs: 20, targetRank: 3 });
  expect(assumptions.find(({ study }) => study === "law of parsimony")).toMatchObject({
    holds: true,
    says: expect.stringMatching(/rank: 3.*inputs are white/),
  });
});

test("orthogonal classes are balanced and white", () => {
  const setup = setupOf({ data: { kind: "orthogonalClasses", classes: 3, perClass: 4 }, model: { kind: "deepLinear" }, optimizer: { kind: "none" } });
  const { facts } = inspect(setup, undefined);
  expect(facts.classes).toEqual([4, 4, 4]);
  expect(facts.moments.largest).toBeCloseTo(facts.moments.smallest, 10);
});

test.for<{ study: StudyInput; want: RegExp }>([
  { study: { data: { kind: "linearRnnTeacher" }, model: { kind: "linearRnn" } }, want: /^data.kind: linearRnnTeacher has no examples.*exact over all inputs/ },
  { study: { data: { kind: "parity" }, model: { kind: "rnn" } }, want: /^data.kind: parity has no examples.*tokens, which have no moments/ },
])("data without examples are refused by name, and why: $want", ({ study, want }) => {
  const setup = setupOf({ ...study, optimizer: { kind: "none" } });
  expect(thrown(() => inspect(setup, undefined))).toHaveProperty("message", expect.stringMatching(want));
});
