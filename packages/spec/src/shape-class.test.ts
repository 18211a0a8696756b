import { describe, expect, it } from "vitest";
import { shapeClass } from "./shape-class.ts";
import { Study, type StudyInput } from "./study/study.ts";

const base: StudyInput = {
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [64] },
  allocation: { "layer.0": { strategy: "rowScale", fixed: { distribution: "normal" } }, "layer.1": { strategy: "uniform", count: 20 } },
  optimizer: { kind: "adam", learningRate: 0.001, epochs: 2, batch: 100 },
};
const classOf = (change: Partial<StudyInput>) => shapeClass(Study.parse({ ...base, ...change }));
const adam = { kind: "adam", learningRate: 0.001, epochs: 2, batch: 100 } as const;
const transformer = (more: object) => classOf({ data: { kind: "copyPaste" }, model: { kind: "transformer", ...more } });
const convolutional = (more: object) => classOf({ model: { kind: "conv2d", layers: [{ channels: 4 }], ...more } });

describe("trials are of one shape class when they differ only in", () => {
  it.each<[string, Partial<StudyInput>]>([
    ["the learning rate", { optimizer: { ...adam, learningRate: 0.1 } }],
    ["moments, schedule and multipliers", { optimizer: { ...adam, beta1: 0.5, epsilon: 1e-3, schedule: "cosine", multipliers: { "*": 2 } } }],
    ["a default that is written down", { dtype: "f32", model: { kind: "mlp", hidden: [64], activation: "relu", bias: true } }],
    [
      "the distribution and gain of fixed weights",
      { allocation: { ...base.allocation, "layer.0": { strategy: "rowScale", fixed: { distribution: "binary", gain: 3 } } } },
    ],
    ["the number of entries that learn", { allocation: { ...base.allocation, "layer.1": { strategy: "uniform", count: 7, cap: true } } }],
    ["a share instead of a number", { allocation: { ...base.allocation, "layer.1": { strategy: "uniform", fraction: 0.5 } } }],
    ["which mask", { allocation: { ...base.allocation, "layer.1": { strategy: "split", weights: { a: 1 }, count: 3 } } }],
    ["seeds", { seeds: { fixed: 4 } }],
    ["initial values", { initialiser: { "layer.0": { kind: "gauss", deviation: 3 } } }],
    ["the threshold of a match", { objective: { matchBelow: 1e-9 } }],
    ["the order in which rules are written", { allocation: Object.fromEntries(Object.entries(base.allocation ?? {}).toReversed()) }],
  ])("%s", (_name, change) => {
    expect(classOf(change)).toBe(classOf({}));
  });

  it("how much outer factors learn, where they do", () => {
    const [none, little, more] = [0, 0.1, 0.2].map((multiplier) => classOf({ allocation: { "layer.0": { strategy: "factor", rank: 2, multiplier } } }));
    expect([none === little, little === more]).toEqual([false, true]);
  });

  it("what their guide is, sees and when it counts, where as many layers of it are compared", () => {
    const guide = { model: { kind: "mlp" as const, hidden: [30, 20] } };
    const guided = (term: object) => classOf({ objective: { guidance: [{ guide, ...term }] } });
    const kernels = { model: { kind: "conv2d", layers: [{ channels: 4 }], hidden: [9] } };
    for (const term of [{ weight: 3, from: 2, until: 9, reduction: "mean", input: "noise" }, { guide: kernels }]) expect(guided(term)).toBe(guided({}));
    const others = [{ guide: { model: { kind: "mlp", hidden: [30] } } }, { layers: "first" }, { distance: "representationalSimilarity" }];
    expect(new Set([classOf({}), guided({}), ...others.map(guided)]).size).toBe(5);
  });

  it("the size of a penalty they both have", () => {
    expect(classOf({ objective: { l2: 0.1 } })).toBe(classOf({ objective: { l2: 0.2 } }));
    expect(classOf({ optimizer: { ...adam, weightDecay: 0.1 } })).toBe(classOf({ optimizer: { ...adam, weightDecay: 0.2 } }));
  });
});

describe("trials are of two shape classes when they differ in", () => {
  it.each<[string, Partial<StudyInput>]>([
    ["the data set", { data: { kind: "fashionMnist" } }],
    ["the split", { data: { kind: "mnist", split: { train: 100, validation: 10, test: 10 } } }],
    ["the width", { model: { kind: "mlp", hidden: [65] } }],
    ["the depth", { model: { kind: "mlp", hidden: [64, 64] } }],
    ["the activation", { model: { kind: "mlp", hidden: [64], activation: "tanh" } }],
    ["whether there are biases", { model: { kind: "mlp", hidden: [64], bias: false } }],
    ["the width of a deep linear net", { model: { kind: "deepLinear", width: 4 } }],
    ["how a tensor is trained", { allocation: { ...base.allocation, "layer.0": { strategy: "colScale" } } }],
    ["whether its bias is", { allocation: { ...base.allocation, "layer.0": { strategy: "rowScale", bias: true } } }],
    ["which tensors a rule is for", { allocation: { "layer.2": { strategy: "rowScale" }, "layer.1": { strategy: "uniform", count: 20 } } }],
    ["that there are no rules", { allocation: {} }],
    ["what a mask is over", { allocation: { ...base.allocation, "layer.1": { strategy: "uniform", count: 20, over: { strategy: "rowScale" } } } }],
    ["the rank", { allocation: { ...base.allocation, "layer.0": { strategy: "lowRank", rank: 2 } } }],
    ["the optimiser", { optimizer: { ...adam, kind: "adamw" } }],
    ["the batch", { optimizer: { ...adam, batch: 50 } }],
    ["the length", { optimizer: { ...adam, epochs: 3 } }],
    ["the unit of length", { optimizer: { kind: "adam", learningRate: 0.001, steps: 2, batch: 100 } }],
    ["whether weights decay", { optimizer: { ...adam, weightDecay: 0.1 } }],
    ["whether there is a penalty", { objective: { l2: 0.1 } }],
    ["the task", { objective: { task: "meanSquaredError" } }],
    ["when they are measured", { measureEvery: 10 }],
    ["the engine", { engine: "reference" }],
    ["the precision", { dtype: "f64" }],
  ])("%s", (_name, change) => {
    expect(classOf(change)).not.toBe(classOf({}));
  });

  it.each([
    { layers: [{ channels: 5 }] },
    { layers: [{ channels: 4, kernel: 5 }] },
    { layers: [{ channels: 4, stride: 2 }] },
    { layers: [{ channels: 4, padding: "valid" }] },
    { layers: [{ channels: 4, pool: {} }] },
    { hidden: [4] },
    { image: { height: 28, width: 28 } },
  ] as const)("what a convolutional network is made of: %j", (change) => {
    expect(convolutional(change)).not.toBe(convolutional({}));
    expect(convolutional({ layers: [{ channels: 4, kernel: 3, stride: 1, padding: "same" }], hidden: [] })).toBe(convolutional({}));
  });

  it("the fields of data that come later, whatever they are called", () => {
    const [three, four] = [3, 4].map((window) => classOf({ data: { kind: "series", window } }));
    expect(three).not.toBe(four);
  });

  it("how long sequences may be, but not which lengths there are and where the target is", () => {
    const [parity, running, longer] = [{}, { length: { from: 5, to: 50 }, target: "running" as const }, { length: { from: 2, to: 51 } }].map((one) =>
      classOf({ data: { kind: "parity", ...one }, model: { kind: "rnn" } }),
    );
    expect([parity === running, parity === longer]).toEqual([true, false]);
  });

  it.each([{ blocks: 3 }, { width: 16 }, { heads: 4 }, { feedForward: 8 }, { activation: "tanh" }, { bias: false }] as const)(
    "what a transformer is made of: %j",
    (change) => {
      expect(transformer(change)).not.toBe(transformer({}));
      expect(transformer({ blocks: 2, width: 32, heads: 2 })).toBe(transformer({}));
    },
  );

  it("how many Markov parameters a teacher has, but not in its gain", () => {
    const data = [{ gain: 1 }, { gain: 0.5 }, { steps: 9 }].map((one) => ({ kind: "linearRnnTeacher", ...one }) as const);
    const [first, louder, longer] = data.map((teacher) => classOf({ data: teacher, model: { kind: "linearRnn" } }));
    expect([first === louder, first === longer]).toEqual([true, false]);
  });

  it("a matrix's size and whether all of it is known, but not in its rank or in how much is", () => {
    const classes = [{}, { rank: 3 }, { rows: 40 }, { columns: 20 }, { observed: 0.2 }, { observed: 0.3 }].map((one) =>
      classOf({ data: { kind: "lowRankMatrix", rank: 2, ...one }, model: { kind: "deepLinear" } }),
    );
    expect(classes.map((one) => classes.indexOf(one))).toEqual([0, 0, 2, 3, 4, 4]);
  });

  it("what is made of squares", () => {
    const classes = ([{}, { reduction: "sum" }, { scale: 0.5 }, { scale: 0.25 }] as const).map((objective) => classOf({ objective }));
    expect(new Set(classes).size).toBe(4);
  });
});
