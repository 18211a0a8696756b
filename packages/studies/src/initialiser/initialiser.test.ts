import { Study, type StudyInput } from "@allot/spec";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { singularValues } from "../matrices/singular-values.ts";
import { conv } from "../models/conv.ts";
import { linearRnn } from "../models/linear-rnn.ts";
import { mlp } from "../models/mlp.ts";
import type { TensorSpec } from "../models/tensors.ts";
import { mean } from "../testing/studies.ts";
import { initialValue } from "./initialiser.ts";

const dense = mlp({ sizes: [200, 100, 50], activation: "relu", bias: true }).tensors;
const recurrent = linearRnn({ hidden: 100, inputs: 50, outputs: 50 }).tensors;
const convolutional = conv({
  image: { extents: [28, 28], channels: 8 },
  layers: [{ channels: 64, kernel: 5, stride: 1, padding: "same" }],
  hidden: [],
  outputs: 10,
  activation: "relu",
  bias: true,
}).tensors;
const named = (tensors: readonly TensorSpec[], name: string): TensorSpec => {
  const found = tensors.find((tensor) => tensor.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

const images: StudyInput = { data: { kind: "mnist" }, model: { kind: "mlp" }, optimizer: { kind: "none" } };
const teacher: StudyInput = { data: { kind: "feedForwardTeacher" }, model: { kind: "mlp", inputs: 200, outputs: 50 }, optimizer: { kind: "none" } };
const sequence: StudyInput = { data: { kind: "linearRnnTeacher", gain: 0.5 }, model: { kind: "linearRnn" }, optimizer: { kind: "none" } };

test.for<{ says: string; study: StudyInput; tensor: TensorSpec; variance: number }>([
  { says: "He weights by default", study: images, tensor: named(dense, "layer.0.weight"), variance: 2 / 200 },
  { says: "zero biases by default", study: images, tensor: named(dense, "layer.0.bias"), variance: 0 },
  { says: "Xavier", study: { ...images, initialiser: { "layer.1": { kind: "xavier" } } }, tensor: named(dense, "layer.1.weight"), variance: 2 / 150 },
  { says: "He of a kernel by what lies below it", study: images, tensor: named(convolutional, "layer.0.weight"), variance: 2 / (25 * 8) },
  {
    says: "Xavier of a kernel by its area of channels",
    study: { ...images, initialiser: { "*": { kind: "xavier" } } },
    tensor: named(convolutional, "layer.0.weight"),
    variance: 2 / (25 * (8 + 64)),
  },
  { says: "Gauss by fan-in", study: { ...images, initialiser: { "*": { kind: "gauss" } } }, tensor: named(dense, "layer.1.weight"), variance: 1 / 100 },
  {
    says: "Gauss by a deviation",
    study: { ...images, initialiser: { "*": { kind: "gauss", deviation: 3 } } },
    tensor: named(dense, "layer.0.weight"),
    variance: 9,
  },
  {
    says: "the most specific rule",
    study: { ...images, initialiser: { "*": { kind: "zeros" }, "layer.0.weight": { kind: "he" } } },
    tensor: named(dense, "layer.0.weight"),
    variance: 2 / 200,
  },
  {
    says: "a layer's rule for its weight only",
    study: { ...images, initialiser: { "layer.0": { kind: "ones" } } },
    tensor: named(dense, "layer.0.bias"),
    variance: 0,
  },
  {
    says: "normal weights with the norm of orthogonal ones",
    study: { ...images, initialiser: { "layer.0.weight": { kind: "normMatchedNormal", scale: 3 } } },
    tensor: named(dense, "layer.0.weight"),
    variance: (9 * 100) / (100 * 200),
  },
  {
    says: "uniform weights with the norm of orthogonal ones",
    study: { ...images, initialiser: { "layer.0.weight": { kind: "normMatchedUniform", scale: 3 } } },
    tensor: named(dense, "layer.0.weight"),
    variance: (9 * 100) / (100 * 200),
  },
  { says: "ones", study: { ...images, initialiser: { "layer.0.bias": { kind: "ones" } } }, tensor: named(dense, "layer.0.bias"), variance: 1 },
  { says: "a teacher's student by fan-in", study: teacher, tensor: named(dense, "layer.0.weight"), variance: 1 / 200 },
  { says: "B by its inputs", study: sequence, tensor: named(recurrent, "input"), variance: 1 / 50 },
  { says: "W by its neurons and the gain", study: sequence, tensor: named(recurrent, "recurrent"), variance: 0.25 / 100 },
  { says: "D by its neurons", study: sequence, tensor: named(recurrent, "output"), variance: 1 / 100 },
])("$says: mean square $variance", ({ study, tensor, variance }) => {
  const values = initialValue(Study.parse(study), tensor, "00000000000000bb");
  expect(values.length).toBe(tensor.shape.reduce((a, b) => a * b, 1));
  const square = mean(Array.from(values, (value) => value * value));
  expect(square).toBeGreaterThanOrEqual(variance * 0.92); // 5,000 draws: ± 4 standard errors
  expect(square).toBeLessThanOrEqual(variance * 1.08);
});

test("orthogonal weights have all singular values ε, whichever side is longer, and are as likely to point anywhere", () => {
  const study = Study.parse({ ...images, initialiser: { "*": { kind: "orthogonal", scale: 0.3 } } });
  const draw = (m: number, n: number, key: string): Matrix => {
    const tensor: TensorSpec = { name: "w", layer: "w", role: "weight", shape: [m, n], fanIn: n, fanOut: m };
    return Matrix.from1DArray(m, n, initialValue(study, tensor, key));
  };
  for (const [m, n] of [
    [12, 12],
    [12, 5],
    [5, 12],
  ] as const)
    for (const value of singularValues(draw(m, n, "00000000000000cc"))) expect(value).toBeCloseTo(0.3, 12);
  const entries = Array.from({ length: 400 }, (_, i) => draw(4, 4, i.toString(16).padStart(16, "0")).get(0, 0) / 0.3);
  expect(Math.abs(mean(entries))).toBeLessThan(0.1); // 4 standard errors: an entry has variance 1/4; without signs fixed it would be -0.42
  expect(mean(entries.map((entry) => entry * entry))).toBeCloseTo(0.25, 1);
});

test("uniform weights stay within their limit", () => {
  const study = Study.parse({ ...images, initialiser: { "*": { kind: "normMatchedUniform", scale: 1 } } });
  const values = initialValue(study, named(dense, "layer.1.weight"), "00000000000000bb");
  const limit = Math.sqrt((3 * 50) / (50 * 100));
  expect(Math.max(...values.map(Math.abs))).toBeLessThanOrEqual(limit);
  expect(Math.max(...values)).toBeGreaterThan(0.99 * limit);
});
