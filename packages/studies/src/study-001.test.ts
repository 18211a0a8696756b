import type { StudyInput } from "@allot/spec";
import { deriveKey, uniforms } from "@allot/tensor";
import { expect, test } from "vitest";
import type { Dataset } from "./data/dataset.ts";
import { loadData } from "./data/load.ts";
import { coOccurrences, type ExplicitRule, explicitBias, explicitWeight } from "./initialiser/explicit.ts";
import { matrix } from "./models/numbers.ts";
import { mnistTestFiles, setupOf, train } from "./testing/studies.ts";

/** Study 001's vectors and acceptance rows (studies.md 2c). */

const rule: ExplicitRule = { kind: "explicit", form: "kNorm", priming: 3, smoothing: 0.5, temperature: 1 };

/** U [features, classes] of a weight [classes, features]. */
const transposed = (weight: Float64Array, classes: number): number[] => {
  const features = weight.length / classes;
  return Array.from({ length: weight.length }, (_, at) => weight[(at % classes) * features + Math.floor(at / classes)]!);
};

const gap = (actual: readonly number[], wanted: readonly number[]): number =>
  Math.max(Math.abs(actual.length - wanted.length), ...wanted.map((value, i) => Math.abs(actual[i]! - value)));

test("V3: the explicit solution of given co-occurrences", () => {
  const weight = explicitWeight(rule, { counts: Float64Array.of(4, 1, 2, 2, 0, 3), prior: Float64Array.of(1, 1), norm: 3, smallest: 0 });
  expect(gap(transposed(weight, 2), [0.1608087164, -0.9378035723, -0.4269779485, -0.4269779485, -2.0364158609, -0.0905057119])).toBeLessThan(1e-9);
});

test("V3b: the same from data", () => {
  const features = matrix(Float64Array.of(1, 2, 0, 0, 1, 2, 3, 0, 0), 3);
  const weight = explicitWeight({ ...rule, priming: "mean" }, coOccurrences({ features, labels: [0, 1, 0], classes: 2 }));
  expect(gap(transposed(weight, 2), [0.1608087164, -1.6958654451, -0.4269779485, -0.5972531564, -2.0364158609, -0.0864275325])).toBeLessThan(1e-9);
});

test("A2: where every norm is K, its logits are naive Bayes' log joint up to a constant for each row, in all three forms", () => {
  const [rows, width, classes] = [60, 8, 4];
  const draws = uniforms(deriveKey("0000000000000000", "A2"), rows * width);
  for (let row = 0; row < rows; row++) {
    const own = draws.subarray(row * width, (row + 1) * width);
    const sum = own.reduce((a, b) => a + b, 0);
    for (const [i, value] of own.entries()) own[i] = (7 * value) / sum;
  }
  const features = matrix(Float64Array.from(draws), width);
  const found = coOccurrences({ features, labels: Array.from({ length: rows }, (_, row) => (row * row + 1) % classes), classes });
  const seen = [...found.prior.entries()].filter(([, count]) => count > 0).map(([label]) => label);
  const logits = (form: ExplicitRule["form"]): number[] => {
    const own: ExplicitRule = { ...rule, form, priming: "mean", smoothing: 0 };
    const weight = explicitWeight(own, found);
    const bias = form === "naiveBayesBias" ? explicitBias(own, found) : new Float64Array(classes);
    return Array.from({ length: rows }, (_, row) => {
      const z = seen.map((j) => bias[j]! + features.values.subarray(row * width, (row + 1) * width).reduce((sum, x, i) => sum + x * weight[j * width + i]!, 0));
      return z.map((value) => value - z[0]!);
    }).flat();
  };
  expect(Math.abs(found.norm - 7)).toBeLessThan(1e-12);
  expect(gap(logits("kNorm"), logits("logJoint"))).toBeLessThan(1e-9);
  expect(gap(logits("naiveBayesBias"), logits("logJoint"))).toBeLessThan(1e-9);
});

/** The first letters of a text in which what follows depends on what was before. */
const text = Array.from({ length: 9000 }, (_, i) => "abcdefgh"[(i * i + Math.floor(i / 7)) % 8]).join("");

const characters = (more: Partial<StudyInput>, data: { radius?: number; aggregation?: "cat" | "sum" } = {}): StudyInput => ({
  data: { kind: "characters", file: "text.txt", vocabulary: 6, split: { train: 6000, validation: 1000, test: 1000 }, ...data },
  model: { kind: "softmax" },
  optimizer: { kind: "none" },
  ...more,
});

const textOf = (study: StudyInput): Dataset => loadData(setupOf(study).study, { "text.txt": new TextEncoder().encode(text) });

test("A1: with one token before it, the explicit solution is the minimum: a step of gradient descent goes nowhere", () => {
  const study = characters(
    {
      initialiser: { "layer.0": { kind: "explicit", form: "kNorm", smoothing: 0 } },
      optimizer: { kind: "gd", learningRate: 1, steps: 1 },
      measureAt: [0],
      dtype: "f64",
    },
    { radius: 1 },
  );
  const dataset = textOf(study);
  const { curves, finals } = train(study, { replicates: 1, dataset });
  const [before, after] = curves[0]!;
  if (dataset.kind !== "classified") throw new Error("no examples");
  // Conditional entropy of the next symbol, from counts.
  const pairs = new Map<string, number>();
  const contexts = new Map<number, number>();
  for (let i = 0; i < 6000; i++) {
    const context = dataset.train.inputs.subarray(i * 6, (i + 1) * 6).indexOf(1);
    contexts.set(context, (contexts.get(context) ?? 0) + 1);
    pairs.set(`${context} ${dataset.train.labels[i]}`, (pairs.get(`${context} ${dataset.train.labels[i]}`) ?? 0) + 1);
  }
  const entropy = [...pairs].reduce((sum, [pair, count]) => sum - (count / 6000) * Math.log(count / contexts.get(Number(pair.split(" ")[0]))!), 0);
  expect(Math.abs(before!["train.loss"]! - entropy)).toBeLessThan(1e-9);
  expect(Math.abs(after!["train.loss"]! - before!["train.loss"]!)).toBeLessThan(1e-12);
  expect(finals[0]!["test.loss"]).toBeGreaterThan(0);
});

const files = mnistTestFiles(process.env["ALLOT_DATA"]);

const images = (initialiser: StudyInput["initialiser"], more: Partial<StudyInput> = {}): StudyInput => ({
  data: { kind: "mnist", validation: false },
  model: { kind: "softmax" },
  initialiser,
  optimizer: { kind: "none" },
  ...more,
});

const explicitly = { "layer.0": { kind: "explicit", form: "kNorm", smoothing: 0.01 } } as const;

const finalOf = (study: StudyInput): Record<string, number> =>
  train(study, { replicates: 1, engine: "wasm", dataset: loadData(setupOf(study).study, files) }).finals[0]!;

test("A3: without a step of training the explicit solution is right on most images, and much less often with priming number 1", () => {
  const [mean, one] = [finalOf(images(explicitly)), finalOf(images({ "layer.0": { ...explicitly["layer.0"], priming: 1 } }))];
  expect(mean["test.accuracy"]).toBeGreaterThan(0.8);
  expect(one["test.accuracy"]).toBeLessThan(mean["test.accuracy"]!);
  expect(mean["learnableParameters"]).toBe(7840);
});

test("A4: on features of sum 1 a warm start is ahead of a cold one all the way", () => {
  const data = { kind: "mnist", validation: false, featureNorm: "l1" } as const;
  const optimizer = { kind: "adam", learningRate: 0.01, batch: 100, steps: 80 } as const;
  const probes: StudyInput["probes"] = [
    { kind: "cosineToExplicit", smoothing: 0.01 },
    { kind: "calibration", part: "test" },
    { kind: "worstClass", part: "test" },
  ];
  const at = (initialiser: StudyInput["initialiser"]) => finalOf(images(initialiser, { data, optimizer, measureAt: [0, 10], probes }));
  const [warm, cold] = [at(explicitly), at({ "*": { kind: "gauss", deviation: 0.01 } })];
  expect(cold["test.loss"]! - warm["test.loss"]!).toBeGreaterThan(0.05);
  expect(warm["cosineToExplicit"]).toBeGreaterThan(cold["cosineToExplicit"]!);
  expect(cold["cosineToExplicit"]).toBeGreaterThan(0.3);
  for (const final of [warm, cold]) {
    expect(final["test.calibrationError"]).toBeGreaterThan(0);
    expect(final["test.calibrationError"]).toBeLessThan(1);
    expect(final["test.worstClassAccuracy"]).toBeLessThanOrEqual(final["test.accuracy"]!);
  }
});

test("two explicit layers need no training either, and are better calibrated than one", () => {
  const study = images(
    { "layer.0": { kind: "explicit", form: "kNorm", smoothing: 1 }, "layer.1": { kind: "explicit", form: "kNorm", priming: 1, smoothing: 0.1 } },
    { model: { kind: "softmax", hidden: [10] } },
  );
  const [one, two] = [finalOf(images(explicitly)), finalOf(study)];
  expect(two["test.accuracy"]).toBeGreaterThan(0.8);
  expect(two["test.loss"]).toBeLessThan(one["test.loss"]!);
});

test("X1: an explicit head on a layer of random features", () => {
  const model: StudyInput["model"] = { kind: "mlp", hidden: [200], bias: false };
  const allocation = { "layer.0": { strategy: "frozen", fixed: {} } } as const;
  const final = finalOf(images({ "layer.1": { kind: "explicit", form: "kNorm", smoothing: 0.5 } }, { model, allocation }));
  expect(final["test.accuracy"]).toBeGreaterThan(0.6);
});
