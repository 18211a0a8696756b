import type { StudyInput } from "@allot/spec";
import { deriveKey } from "@allot/tensor";
import { expect, test } from "vitest";
import { compose } from "../compose.ts";
import { loadData } from "../data/load.ts";
import { StudyError } from "../errors.ts";
import { initialValue } from "../initialiser/initialiser.ts";
import { modelOf } from "../models/model.ts";
import { matrix } from "../models/numbers.ts";
import { generatedImages, mean, setupOf, thrown } from "../testing/studies.ts";
import { guideStudy } from "./guide.ts";

type Term = NonNullable<NonNullable<StudyInput["objective"]>["guidance"]>[number];

const dataset = loadData(
  setupOf({ data: { kind: "mnist", split: { train: 60, validation: 20, test: 0 } }, model: { kind: "mlp" }, optimizer: { kind: "none" } }).study,
  generatedImages("t10k", 100),
);
const kernels: Term = { guide: { model: { kind: "conv2d", layers: [{ channels: 3, stride: 3, pool: {} }, { channels: 4 }] } } };

const study = (objective: StudyInput["objective"], optimizer: object = {}): StudyInput => ({
  data: { kind: "mnist", split: { train: 60, validation: 20, test: 0 } },
  model: { kind: "mlp", hidden: [12, 10, 8] },
  objective,
  optimizer: { kind: "adam", learningRate: 0.01, steps: 30, batch: 20, ...optimizer },
  measureAt: [0],
  probes: [{ kind: "alignment", when: "measured" }],
});
const under = (term: Partial<Term>, more: StudyInput["objective"] = {}): StudyInput => study({ ...more, guidance: [{ ...kernels, ...term }] });

interface Trained {
  readonly before: Record<string, number>;
  readonly after: Record<string, number>;
}

/** Arms of one pack, each with its replicate, on wasm. */
const trained = (...arms: readonly [StudyInput, replicate?: number][]): Trained[] => {
  const run = compose({ trials: arms.map(([arm, replicate]) => setupOf(arm, replicate)), dataset, engine: "wasm" });
  try {
    return arms.map((_, trial) => {
      run.advance(trial, 0);
      const before = run.measure(trial);
      run.advance(trial, run.steps);
      return { before, after: run.finish(trial) };
    });
  } finally {
    run.close();
  }
};

const rows = 60;

/** Inner products of the rows of features [rows, width], each less the mean row. */
const centredGram = (features: Float64Array): number[][] => {
  const width = features.length / rows;
  const means = Array.from({ length: width }, (_, j) => mean(Array.from({ length: rows }, (_row, i) => features[i * width + j]!)));
  const list = Array.from({ length: rows }, (_, i) => means.map((middle, j) => features[i * width + j]! - middle));
  return list.map((a) => list.map((b) => a.reduce((sum, value, j) => sum + value * b[j]!, 0)));
};

const inner = (a: number[][], b: number[][]): number => a.reduce((sum, line, i) => sum + line.reduce((part, value, j) => part + value * b[i]![j]!, 0), 0);

/** CKA as studies.md 3a writes it, of features [rows, width]. */
const ckaOf = (x: Float64Array, y: Float64Array): number => {
  const [k, l] = [centredGram(x), centredGram(y)];
  return inner(k, l) / Math.sqrt(inner(k, k) * inner(l, l));
};

test("pre-activations of the network are compared with outputs of the guide's layers, on the training set", () => {
  const setup = setupOf(under({ guide: { model: { kind: "mlp", hidden: [7] } }, layers: "first" }));
  if (dataset.kind !== "classified") throw new Error("no images");
  const inputs = matrix(
    Float64Array.from(dataset.train.inputs, (byte) => byte / 255),
    784,
  );
  const [term] = setup.study.objective.guidance;
  const network = modelOf(setup.study);
  const guide = modelOf(guideStudy(setup.study, term!));
  if (network.kind !== "feedForward" || guide.kind !== "feedForward") throw new Error("no feed-forward models");
  const values = (model: typeof network, key: string) =>
    new Map(model.tensors.map((tensor) => [tensor.name, initialValue(setup.study, tensor, deriveKey(key, tensor.name))]));
  const weight = values(network, setup.streams.init).get("layer.0.weight")!;
  const z = Float64Array.from({ length: rows * 12 }, (_, at) => {
    const [row, unit] = [Math.floor(at / 12), at % 12];
    return inputs.values.subarray(row * 784, (row + 1) * 784).reduce((sum, x, j) => sum + x * weight[unit * 784 + j]!, 0);
  });
  const h = guide.forwardNumbers(values(guide, deriveKey(setup.streams.guide, "init")), inputs, "layer.1.weight").values;
  const [{ before }] = trained([under({ guide: { model: { kind: "mlp", hidden: [7] } }, layers: "first" })]) as [Trained];
  expect(before["alignment.layer.0"]).toBeCloseTo(ckaOf(z, h), 5);
  const [linear] = trained([under({ guide: { model: { kind: "mlp", hidden: [7], activation: "linear" } }, layers: "first" })]) as [Trained];
  const [unactivated] = trained([under({ guide: { model: { kind: "mlp", hidden: [7] }, features: "preActivations" }, layers: "first" })]) as [Trained];
  expect(unactivated.before["alignment.layer.0"]).toBe(linear.before["alignment.layer.0"]);
  expect(unactivated.before["alignment.layer.0"]).not.toBe(before["alignment.layer.0"]);
  expect(before["alignment.mean"]).toBe(before["alignment.layer.0"]);
});

test("a guide is followed as far as its weight goes", () => {
  const [unguided, weak, strong] = trained([under({ weight: 0 })], [under({ weight: 0.3 })], [under({ weight: 5 })]) as [Trained, Trained, Trained];
  expect(weak.after["alignment.mean"]).toBeGreaterThan(unguided.after["alignment.mean"]! + 0.02);
  expect(strong.after["alignment.mean"]).toBeGreaterThan(weak.after["alignment.mean"]! + 0.02);
});

test("without weight a trial learns what it would without a guide", () => {
  const [{ after }] = trained([under({ weight: 0 })]) as [Trained];
  const [plain] = trained([study({})]) as [Trained];
  for (const [name, value] of Object.entries(plain.after)) expect(after[name]).toBeCloseTo(value, 5);
});

test("it counts from one update to another, and its weight may be shared out", () => {
  const [always, never, early, late, shared, whole] = trained(
    [under({ until: 30 })],
    [under({ from: 30 })],
    [under({ until: 10 })],
    [under({ from: 10 })],
    [under({ reduction: "mean", weight: 2 })],
    [under({})],
  ).map(({ after }) => after);
  const [plain] = trained([under({ weight: 0 })]) as [Trained];
  expect(never).toEqual(plain.after);
  expect(whole).toEqual(always); // two pairs: the mean of twice the weight
  expect(shared).toEqual(always);
  for (const some of [early, late]) {
    expect(some!["alignment.mean"]).toBeGreaterThan(plain.after["alignment.mean"]!);
    expect(some!["alignment.mean"]).toBeLessThan(always!["alignment.mean"]!);
  }
});

test("while it is warm nothing is learnt of the task", () => {
  const [warm, cold] = trained([under({}, { warm: 30 })], [under({})]) as [Trained, Trained];
  expect(warm.after["validation.loss"]).toBeGreaterThan(cold.after["validation.loss"]! + 0.2);
  expect(warm.after["alignment.mean"]).toBeGreaterThan(cold.after["alignment.mean"]!);
});

test("arms of a replicate have one guide, other replicates another; noise and other examples' inputs look different", () => {
  const starts = trained([under({})], [under({ weight: 5 })], [under({}), 1], [under({ input: "noise" })], [under({ input: "shuffled" })]);
  const [one, same, other, noise, shuffled] = starts.map(({ before }) => before["alignment.layer.0"]!);
  expect(same).toBe(one);
  expect(new Set([one, other, noise, shuffled]).size).toBe(4);
  expect(one).toBeGreaterThan(Math.max(noise!, shuffled!));
});

test.for<Partial<Term>>([{}, { distance: "representationalSimilarity" }, { layers: [{ target: 1, guide: 0 }] }])("packed as alone: %o", (term) => {
  const arms: [StudyInput, number][] = [0, 1, 2].map((replicate) => [under({ ...term, weight: 1 + replicate }), replicate]);
  expect(arms.flatMap((arm) => trained(arm))).toEqual(trained(...arms));
});

test("a trained guide is the same in every arm, and unlike one that was not", () => {
  const optimizer = { kind: "adam", learningRate: 0.01, steps: 40 } as const;
  const guide = { ...kernels.guide, optimizer, require: { metric: "train.accuracy", atLeast: 0.3 } };
  const [one, same] = trained([under({ guide })], [under({ guide, weight: 5 })]) as [Trained, Trained];
  const [untrained] = trained([under({})]) as [Trained];
  expect(same.before).toEqual(one.before);
  expect(one.before["alignment.layer.2"]).not.toBe(untrained.before["alignment.layer.2"]);
});

test.for<{ says: string; guide: Term["guide"]; field: string; want: RegExp }>([
  {
    says: "a guide that learnt too little",
    guide: { ...kernels.guide, optimizer: { kind: "gd", learningRate: 1e-9, steps: 1 }, require: { metric: "validation.accuracy", atLeast: 0.9 } },
    field: "objective.guidance[0].guide.require",
    want: /asks for a validation\.accuracy of at least 0\.9 and the trained guide has 0\.\d+: train it longer, or ask for less/,
  },
  {
    says: "a metric that a guide does not have",
    guide: { ...kernels.guide, optimizer: { kind: "gd", learningRate: 1e-9, steps: 1 }, require: { metric: "test.accuracy", atLeast: 0.9 } },
    field: "objective.guidance[0].guide.require.metric",
    want: /test\.accuracy is not measured: it is one of .*validation\.accuracy/,
  },
  {
    says: "a guide of which no unit is active",
    guide: { ...kernels.guide, initialiser: { kind: "zeros" } },
    field: "objective.guidance[0].guide",
    want: /layer 0 is the same for all training examples/,
  },
])("$says fails the trial, naming what is wrong", ({ guide, field, want }) => {
  const error = thrown(() => trained([under({ guide })]));
  expect(error).toBeInstanceOf(StudyError);
  expect(error).toHaveProperty("field", field);
  expect(error).toHaveProperty("message", expect.stringMatching(want));
});
