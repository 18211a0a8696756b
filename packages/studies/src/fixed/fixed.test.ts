import type { Fixed, StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { compose } from "../compose.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadData } from "../data/load.ts";
import { modelOf } from "../models/model.ts";
import { matrix, timesTransposed } from "../models/numbers.ts";
import { generatedImages, mean, setupOf } from "../testing/studies.ts";
import { distributions } from "./distributions.ts";

const spec = { name: "layer.0.weight", layer: "layer.0", role: "weight", shape: [60, 784], fanIn: 784, fanOut: 60 } as const;
const draw = (distribution: Fixed["distribution"]): Float64Array => distributions[distribution](spec, "00000000000000aa");
const names = ["normal", "uniform", "binary", "ternary", "mexicanHat"] as const;

test.for(names)("%s weights have mean square 1/fanIn", (name) => {
  const squares = draw(name).map((r) => r * r * 784);
  expect(mean(Array.from(squares))).toBeCloseTo(1, 1);
});

test.for(["normal", "uniform", "binary", "ternary"] as const)("%s weights have mean 0", (name) => {
  const sum = draw(name).reduce((total, r) => total + r * 28, 0);
  expect(Math.abs(sum / 47_040)).toBeLessThan(5 / Math.sqrt(47_040));
});

test.for([
  { name: "binary", values: [-1, 1], shares: [0.5, 0.5] },
  { name: "ternary", values: [-Math.sqrt(3), 0, Math.sqrt(3)], shares: [1 / 6, 2 / 3, 1 / 6] },
] as const)("$name weights take the values $values / √fanIn", ({ name, values, shares }) => {
  const scaled = Array.from(draw(name), (r) => r * 28);
  for (const [i, value] of values.entries()) {
    const share = scaled.filter((r) => Math.abs(r - value) < 1e-12).length / scaled.length;
    expect(share).toBeCloseTo(shares[i]!, 1);
  }
  expect(scaled.every((r) => values.some((value) => Math.abs(r - value) < 1e-12))).toBe(true);
});

test("each Mexican hat has norm 1, one sign at its centre and the other around it", () => {
  const weights = draw("mexicanHat");
  const centres = Array.from({ length: 60 }, (_, unit) => {
    const row = Array.from(weights.subarray(unit * 784, (unit + 1) * 784));
    expect(row.reduce((sum, r) => sum + r * r, 0)).toBeCloseTo(1, 12);
    const largest = row.reduce((a, b) => (Math.abs(b) > Math.abs(a) ? b : a));
    expect(row.some((r) => Math.sign(r) === -Math.sign(largest) && Math.abs(r) > 1e-3)).toBe(true);
    return Math.sign(largest);
  });
  expect(new Set(centres)).toEqual(new Set([-1, 1]));
});

const study = (fixed: StudyInput["allocation"]): StudyInput => ({
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [30, 20] },
  allocation: fixed ?? {},
  optimizer: { kind: "none" },
});

const dataset: Dataset = loadData(setupOf(study({})).study, generatedImages("t10k", 300));

/** Mean square of each fixed layer's pre-activations on the training set. */
const preActivations = (allocation: StudyInput["allocation"]): number[] => {
  if (dataset.kind !== "classified") throw new Error("no images");
  const run = compose({ trials: [setupOf(study(allocation))], dataset, engine: "reference" });
  const tensors = run.tensors(0);
  run.close();
  const x = Float64Array.from(dataset.train.inputs, (pixel) => pixel / 255);
  const first = timesTransposed(matrix(x, 784), tensors["layer.0.weight"]?.values ?? new Float64Array());
  const reached = matrix(
    first.map((a) => Math.max(a, 0)),
    30,
  );
  const second = timesTransposed(reached, tensors["layer.1.weight"]?.values ?? new Float64Array());
  return [first, second].map((a) => mean(Array.from(a, (value) => value * value)));
};

test.for(names)("unitVariance gives %s features a mean square of 1 on the training set", (distribution) => {
  const [first] = preActivations({ "layer.0": { strategy: "rowScale", bias: true, fixed: { distribution } } });
  expect(first).toBeCloseTo(1, 10);
});

test("kernels are scaled on all positions of a hundred images, later ones on what reaches them", () => {
  if (dataset.kind !== "classified") throw new Error("no images");
  const layers = [{ channels: 6, pool: {} }, { channels: 5 }];
  const setup = setupOf({
    ...study({ "layer.0": { strategy: "frozen", fixed: {} }, "layer.1": { strategy: "frozen", fixed: { gain: 3 } } }),
    model: { kind: "conv2d", layers },
  });
  const run = compose({ trials: [setup], dataset, engine: "reference" });
  const values = new Map(Object.entries(run.tensors(0)).map(([name, tensor]) => [name, tensor.values]));
  run.close();
  const model = modelOf(setup.study);
  if (model.kind !== "feedForward") throw new Error("no feed-forward model");
  const x = new Float64Array(dataset.train.inputs.subarray(0, 100 * 784)).map((pixel) => pixel / 255);
  const squares = ["layer.0.weight", "layer.1.weight"].map((name) => {
    const weights = values.get(name) ?? new Float64Array();
    const reached = model.forwardNumbers(values, matrix(x, 784), name);
    expect(reached.width).toBe(name === "layer.0.weight" ? 9 : 54);
    return mean(Array.from(timesTransposed(reached, weights), (a) => a * a));
  });
  expect(squares[0]).toBeCloseTo(1, 10);
  expect(squares[1]).toBeCloseTo(9, 9);
});

const squared = (values: ArrayLike<number>): number => mean(Array.from(values, (value) => value * value));

test("what images are read by row by row is scaled on their rows, a recurrent weight on the states that they alone make, and each position's column as it is", () => {
  if (dataset.kind !== "classified") throw new Error("no images");
  const frozen = { strategy: "frozen", fixed: {} } as const;
  const tensorsOf = (model: StudyInput["model"], chosen: readonly string[]) => {
    const run = compose({ trials: [setupOf({ ...study(Object.fromEntries(chosen.map((name) => [name, frozen]))), model })], dataset, engine: "reference" });
    const tensors = run.tensors(0);
    run.close();
    return chosen.map((name) => tensors[name]!.values);
  };
  const images = Math.min(500, dataset.train.count);
  const rows = Float64Array.from(dataset.train.inputs.subarray(0, images * 784), (pixel) => pixel / 255);
  const [input, recurrent] = tensorsOf({ kind: "rnn", hidden: [7], bias: false }, ["layer.0.input", "layer.0.recurrent"]);
  const activations = timesTransposed(matrix(rows, 28), input!); // [images·28, 7]
  expect(squared(activations)).toBeCloseTo(1, 10);
  const before = Float64Array.from({ length: images * 7 }, (_, at) => Math.tanh(activations[(Math.floor(at / 7) * 28 + 26) * 7 + (at % 7)]!));
  expect(squared(timesTransposed(matrix(before, 7), recurrent!))).toBeCloseTo(1, 10);
  const [position] = tensorsOf({ kind: "transformer", width: 8 }, ["position.weight"]);
  expect(squared(position!)).toBeCloseTo(1, 10);
});

test("a factor is on that scale, and later layers are scaled on what reaches them", () => {
  const [first, second] = preActivations({
    "layer.0": { strategy: "frozen", fixed: { gain: 0.1 } },
    "layer.1": { strategy: "frozen", fixed: { gain: 3 } },
  });
  expect(first).toBeCloseTo(0.01, 12);
  expect(second).toBeCloseTo(9, 9);
});
