import { type StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { generatedImages, mean as meanOf, setupOf, thrown, train } from "../testing/studies.ts";
import type { ClassifiedDataset } from "./dataset.ts";
import { loadData } from "./load.ts";

type Images = Omit<Extract<StudyInput["data"], { kind: "mnist" | "fashionMnist" }>, "kind">;

const files = generatedImages("t10k", 200);

const study = (data: Partial<Images> = {}): StudyInput => ({
  data: { kind: "mnist", ...data },
  model: { kind: "mlp", hidden: [8] },
  optimizer: { kind: "adam", learningRate: 0.01, epochs: 2, batch: 20 },
});

const load = (data: Partial<Images> = {}): ClassifiedDataset => loadData(setupOf(study(data)).study, files) as ClassifiedDataset;

const raw = load();
const first = Float64Array.from(raw.train.inputs.subarray(0, 784), (byte) => byte / 255);

test("fewer training examples leave the other parts as they are", () => {
  const fewer = load({ examples: 30 });
  expect([fewer.train.count, fewer.validation.count, fewer.test.count]).toEqual([30, 20, 40]);
  expect(fewer.train.inputs).toEqual(raw.train.inputs.subarray(0, 30 * 784));
  expect(fewer.validation).toEqual(raw.validation);
  expect(fewer.test).toEqual(raw.test);
  expect(fewer.split.note).toMatch(/only the first 30 are used/);
  expect(thrown(() => load({ examples: 141 }))).toMatchObject({
    message: "data.examples: 141 is more than the 140 training images there are: lower it, or leave it out",
  });
});

test("pooled images hold the means of their squares", () => {
  const { width, train: part } = load({ pool: 2 });
  expect(width).toBe(196);
  expect(part.inputs[15]).toBeCloseTo((first[58]! + first[59]! + first[86]! + first[87]!) / 4, 14); // row 1, column 1: pixels (2, 2), (2, 3), (3, 2), (3, 3)
});

const pixel = (inputs: ArrayLike<number>): number[] => Array.from({ length: inputs.length / 784 }, (_, i) => inputs[i * 784 + 400]!);

test("l1 makes every sum 1, binary cuts at a half, standard fits the training images", () => {
  const sum = first.reduce((a, b) => a + b);
  expect(load({ featureNorm: "l1" }).train.inputs[400]).toBeCloseTo(first[400]! / sum, 14);
  expect(Array.from(load({ featureNorm: "binary" }).train.inputs.subarray(0, 784))).toEqual(Array.from(first, (value) => (value > 0.5 ? 1 : 0)));
  const together = Array.from(load({ featureNorm: "standardChannel" }).train.inputs);
  expect(meanOf(together)).toBeCloseTo(0, 12);
  expect(meanOf(together.map((value) => value ** 2))).toBeCloseTo(1, 12);
  const { train: part, validation } = load({ featureNorm: "standard" });
  const mean = pixel(part.inputs).reduce((a, b) => a + b) / part.count;
  expect(mean).toBeCloseTo(0, 12);
  expect(pixel(part.inputs).reduce((a, b) => a + b * b, 0) / part.count).toBeCloseTo(1, 12);
  expect(Math.abs(pixel(validation.inputs).reduce((a, b) => a + b) / validation.count)).toBeGreaterThan(1e-6);
});

test("a model has the size of pooled images, and trains on them", () => {
  const input = study({ pool: 4, featureNorm: "standard" });
  const { finals } = train(input, { replicates: 1, dataset: loadData(setupOf(input).study, files) });
  expect(finals[0]!["learnableParameters"]).toBe(49 * 8 + 8 + 8 * 10 + 10);
  expect(() => setupOf(study({ pool: 3 as 2 }))).toThrow(/pool/);
});
