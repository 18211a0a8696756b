import { gzipSync } from "node:zlib";
import { Study, type StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { DataError, StudyError } from "../errors.ts";
import { generatedImages, idxFile, mnistTestFiles } from "../testing/studies.ts";
import type { ClassifiedDataset } from "./dataset.ts";
import { describeSplit, loadData } from "./load.ts";
import { dataNeeds } from "./needs.ts";

const mnist = (split?: { train: number; validation: number; test: number }): Study => {
  const data: StudyInput["data"] = split === undefined ? { kind: "mnist" } : { kind: "mnist", split };
  return Study.parse({ data, model: { kind: "mlp" }, optimizer: { kind: "none" } });
};

const load = (study: Study, files: Record<string, Uint8Array>): ClassifiedDataset => {
  const dataset = loadData(study, files);
  if (dataset.kind !== "classified") throw new Error("no images");
  return dataset;
};

const images = "t10k-images-idx3-ubyte";
const labels = "t10k-labels-idx1-ubyte";
const small = generatedImages("t10k", 20);
const content = (name: string): Uint8Array => small[name]!;
const changed = (name: string, at: number, value: number): Uint8Array => content(name).map((byte, i) => (i === at ? value : byte));

test.for<{ says: string; files: Record<string, Uint8Array>; want: RegExp }>([
  { says: "another magic number", files: { ...small, [images]: changed(images, 3, 1) }, want: /^t10k-images-idx3-ubyte: has magic number 2049, not 2051/ },
  { says: "labels where images belong", files: { ...small, [images]: content(labels) }, want: /^t10k-images-idx3-ubyte: has magic number 2049/ },
  {
    says: "a truncated body",
    files: { ...small, [images]: content(images).subarray(0, 5000) },
    want: /^t10k-images-idx3-ubyte: is truncated: 20×28×28 asks for 15680 bytes .* and 4984 are there/,
  },
  { says: "a truncated header", files: { ...small, [images]: content(images).subarray(0, 10) }, want: /is truncated: 10 of 16 header bytes/ },
  { says: "an empty file", files: { ...small, [labels]: new Uint8Array() }, want: /^t10k-labels-idx1-ubyte: is truncated: 0 bytes/ },
  { says: "bytes after the end", files: { ...small, [labels]: Uint8Array.from([...content(labels), 1]) }, want: /has 1 bytes after the 20/ },
  {
    says: "broken gzip",
    files: { ...small, [images]: gzipSync(content(images)).subarray(0, 500) },
    want: /^t10k-images-idx3-ubyte: is gzip data that can't be unpacked/,
  },
  {
    says: "fewer labels than images",
    files: { ...small, [labels]: idxFile([19], new Uint8Array(19)) },
    want: /^t10k-labels-idx1-ubyte: has 19 labels for the 20 images of t10k-images-idx3-ubyte/,
  },
  {
    says: "a label out of range",
    files: { ...small, [labels]: changed(labels, 8 + 7, 10) },
    want: /^t10k-labels-idx1-ubyte: label 10 of example 7 is not one of 0 … 9/,
  },
  { says: "images of another size", files: { ...small, [images]: idxFile([20, 14, 14], new Uint8Array(20 * 196)) }, want: /holds 14×14 images, not 28×28/ },
  { says: "images without labels", files: { [images]: content(images) }, want: /^t10k-labels-idx1-ubyte: is not there/ },
  { says: "no files", files: {}, want: /^t10k-images-idx3-ubyte: is not there/ },
])("loading fails on $says, naming the file", ({ files, want }) => {
  expect(() => loadData(mnist(), files)).toThrow(DataError);
  expect(() => loadData(mnist(), files)).toThrow(want);
});

test("where nothing is held out to select on, the test images alone are split 8,000/2,000", () => {
  const study = mnist();
  const dataset = load({ ...study, data: { kind: "mnist", validation: false } }, mnistTestFiles(process.env["ALLOT_DATA"]));
  expect(dataset.split).toMatchObject({ train: 8000, validation: 0, test: 2000 });
  expect(dataset.split.note).toContain("8,000/0/2,000");
});

test("the test images alone are split 7,000/1,000/2,000 by a fixed permutation, and the note says so", () => {
  const files = mnistTestFiles(process.env["ALLOT_DATA"]);
  const dataset = load(mnist(), files);
  expect(dataset.split).toMatchObject({ train: 7000, validation: 1000, test: 2000 });
  expect(dataset.split.note).toMatch(/Only the 10,000 test images are there.*7,000\/1,000\/2,000/);
  expect(describeSplit(mnist(), files)).toEqual(dataset.split);
  expect(describeSplit(mnist(), dataset)).toEqual(dataset.split);
  const counts = new Int32Array(10);
  for (const part of [dataset.train, dataset.validation, dataset.test]) {
    expect(part.inputs.length).toBe(part.count * 784);
    for (const label of part.labels) counts[label] = counts[label]! + 1;
  }
  expect(counts.reduce((a, b) => a + b, 0)).toBe(10_000);
  expect(Math.min(...counts)).toBeGreaterThan(850); // MNIST's rarest class, 5, has 892
});

test("the parts hold different examples, and every example once", () => {
  const dataset = load(mnist(), generatedImages("t10k", 100));
  const seen = [dataset.train, dataset.validation, dataset.test].flatMap(({ count, inputs }) =>
    Array.from({ length: count }, (_, i) => inputs.subarray(i * 784, (i + 1) * 784).join()),
  );
  expect(new Set(seen).size).toBe(100);
});

test("an explicit split is kept", () => {
  const dataset = load(mnist({ train: 70, validation: 0, test: 30 }), generatedImages("t10k", 100));
  expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([70, 0, 30]);
});

test("with both files 1/12 of the training images selects and the test file is the test part", () => {
  const files = { ...generatedImages("train", 120), ...generatedImages("t10k", 40) };
  const dataset = load(mnist(), files);
  expect([dataset.train.count, dataset.validation.count, dataset.test.count]).toEqual([110, 10, 40]);
  expect(dataset.test.labels).toEqual(files[labels]?.subarray(8));
});

test("gzipped and plain files of either spelling give the same examples", () => {
  const other = { "t10k-images.idx3-ubyte": gzipSync(content(images)), "t10k-labels.idx1-ubyte": content(labels) };
  expect(load(mnist(), other)).toEqual(load(mnist(), small));
});

test.for([
  {
    says: "of the test file alone",
    files: small,
    split: { train: 15, validation: 3, test: 3 },
    want: /15 \+ 3 \+ 3 = 21 examples asked for and the test file, the only one there, has 20/,
  },
  {
    says: "of the training file",
    files: { ...small, ...generatedImages("train", 30) },
    split: { train: 25, validation: 6, test: 3 },
    want: /25 \+ 6 examples asked for and the training file has 30/,
  },
  {
    says: "of the test file",
    files: { ...small, ...generatedImages("train", 30) },
    split: { train: 25, validation: 5, test: 21 },
    want: /21 test examples asked for and the test file has 20/,
  },
])("a split that asks for more than there is $says is refused", ({ files, split, want }) => {
  expect(() => loadData(mnist(split), files)).toThrow(StudyError);
  expect(() => loadData(mnist(split), files)).toThrow(want);
});

test("MNIST needs the test files and can use the training files; the no-op trial needs none", () => {
  expect(dataNeeds(mnist()).map(({ names, optional }) => [names.map(([name]) => name), optional ?? false])).toEqual([
    [["train-images-idx3-ubyte", "train-labels-idx1-ubyte"], true],
    [[images, labels], false],
  ]);
  expect(dataNeeds(Study.parse({ data: { kind: "sleep" } }))).toEqual([]);
});
