import type { StudyInput } from "@allot/spec";
import type { EngineName } from "@allot/tensor";
import { expect, test } from "vitest";
import { compose, runBytes } from "./compose.ts";
import type { Dataset } from "./data/dataset.ts";
import { loadData } from "./data/load.ts";
import { Diverged, StudyError } from "./errors.ts";
import type { TensorValue } from "./run/run.ts";
import { collapsing, completion, law } from "./testing/golden-studies.ts";
import { generatedImages, setupOf, thrown } from "./testing/studies.ts";

type Allocation = NonNullable<StudyInput["allocation"]>;

const images = (layer: Allocation[string], more: Partial<StudyInput> = {}): StudyInput => ({
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [12] },
  allocation: { "layer.0": layer },
  optimizer: { kind: "adam", learningRate: 0.01, epochs: 2, batch: 20 },
  ...more,
});

const sequence = (allocation: Allocation, more: Partial<StudyInput> = {}): StudyInput => ({
  data: { kind: "linearRnnTeacher", steps: 5 },
  model: { kind: "linearRnn", hidden: 5, inputs: 2, outputs: 1 },
  allocation,
  optimizer: { kind: "momentum", learningRate: 0.01, schedule: "cosine", steps: 30 },
  ...more,
});

const vectors = (allocation: Allocation, more: Partial<StudyInput> = {}): StudyInput => ({
  data: { kind: "feedForwardTeacher", split: { train: 40, validation: 20, test: 20 } },
  model: { kind: "mlp", hidden: [6], inputs: 4, outputs: 2, activation: "tanh" },
  allocation,
  optimizer: { kind: "rmsprop", learningRate: 0.01, epochs: 3, batch: 10, weightDecay: 0.01 },
  ...more,
});

const dataset: Dataset = loadData(setupOf(images({ strategy: "full" })).study, generatedImages("t10k", 200));

/** Everything a training shows, as text, so that equality means equal bits. */
const trace = (studies: readonly [StudyInput, number][], engine: EngineName): string[] => {
  const run = compose({ trials: studies.map(([study, replicate]) => setupOf(study, replicate)), dataset, engine });
  const shown = studies.map((_, trial) => {
    const curve = run.measureAt.map((step) => {
      run.advance(trial, step);
      return run.measure(trial);
    });
    const tensors = Object.entries(run.tensors(trial)).map(([name, { values }]) => [name, Array.from(values)]);
    return JSON.stringify([curve, run.finish(trial), tensors]);
  });
  run.close();
  return shown;
};

const half: Allocation[string] = { strategy: "rowScale", bias: true, fixed: { distribution: "normal" } };

const kernels = (model: StudyInput["model"], allocation: Allocation): StudyInput => images(half, { model, allocation });

const square: StudyInput["model"] = {
  kind: "conv2d",
  layers: [
    { channels: 3, kernel: 5, stride: 3, pool: { size: 2 } },
    { channels: 4, padding: "valid" },
  ],
};
const rows: StudyInput["model"] = { kind: "conv1d", layers: [{ channels: 4, pool: { kind: "average", size: 3 } }], sequence: { channels: 28 } };

const tokens = (allocation: Allocation, more: Partial<StudyInput> = {}): StudyInput => ({
  data: { kind: "copyPaste", vocabulary: 3, length: { from: 1, to: 3 }, split: { train: 30, validation: 10, test: 10 } },
  model: { kind: "transformer", blocks: 1, width: 8, heads: 2, feedForward: 12 },
  allocation,
  optimizer: { kind: "adam", learningRate: 0.01, epochs: 2, batch: 10 },
  ...more,
});
const bits = (allocation: Allocation, more: Partial<StudyInput> = {}): StudyInput =>
  tokens(allocation, {
    data: { kind: "parity", target: "running", length: { from: 2, to: 5 }, split: { train: 30, validation: 10, test: 10 } },
    model: { kind: "rnn", hidden: [6, 5] },
    ...more,
  });

const packs: { says: string; studies: StudyInput[] }[] = [
  {
    says: "half layers with other distributions and learning rates",
    studies: [
      images(half),
      images({ strategy: "rowScale", bias: true, fixed: { distribution: "mexicanHat", gain: 0.5 } }),
      images(half, { optimizer: { kind: "adam", learningRate: 0.001, epochs: 2, batch: 20, multipliers: { "layer.1": 0.1 } } }),
    ],
  },
  {
    says: "masks with other strategies and counts",
    studies: [
      images({ strategy: "uniform", count: 300, bias: true }),
      images({ strategy: "row", fraction: 0.1, bias: true, fixed: { distribution: "binary" } }),
      images({ strategy: "magnitude", count: 0, bias: true }),
      images({ strategy: "saliency", count: 300, bias: true }),
    ],
  },
  {
    says: "linear recurrent networks",
    studies: [
      sequence({ "*": { strategy: "spread", count: 20 } }),
      sequence({ "*": { strategy: "neuron", count: 11 } }, { objective: { matchBelow: 0.1 } }),
      sequence({ "*": { strategy: "rankGreedy", count: 20 } }),
    ],
  },
  {
    says: "masks over cores, whatever they choose by",
    studies: (["uniform", "saliency", "rankGreedy"] as const).map((strategy) =>
      sequence({ "*": { strategy, count: 4, over: { strategy: "factor", rank: 1 } } }, { model: { kind: "linearRnn", hidden: 5, inputs: 2, outputs: 2 } }),
    ),
  },
  {
    says: "matrices of low rank beside fixed ones",
    studies: [
      images({ strategy: "lowRank", rank: 3 }),
      images({ strategy: "lowRank", rank: 3, fixed: { distribution: "mexicanHat" } }, { initialiser: { "layer.1": { kind: "xavier" } } }),
    ],
  },
  {
    says: "cores between factors that learn a little",
    studies: [
      sequence({ "{input,recurrent}": { strategy: "factor", rank: 1, multiplier: 0.1 } }),
      sequence({ "{input,recurrent}": { strategy: "factor", rank: 1, multiplier: 0.5 } }),
    ],
  },
  {
    says: "cores between fixed factors",
    studies: [images({ strategy: "factor", rank: 3 }), images({ strategy: "factor", rank: 3 }, { initialiser: { "layer.0": { kind: "xavier" } } })],
  },
  {
    says: "completions of matrices of other ranks and shares",
    studies: [
      completion,
      { ...completion, data: { kind: "lowRankMatrix", rows: 12, rank: 3, observed: 0.6 } },
      { ...completion, initialiser: { "*": { kind: "normMatchedNormal", scale: 0.3 } } },
    ],
  },
  {
    says: "deep linear nets from other starts, and their probes",
    studies: [law, { ...law, initialiser: { "*": { kind: "orthogonal", scale: 0.5 } } }, { ...law, data: { kind: "lowRankMatrix", rows: 12, rank: 3 } }],
  },
  { says: "orthogonal classes", studies: [collapsing, { ...collapsing, initialiser: {} }] },
  {
    says: "trained rows mixed by fixed weights",
    studies: [
      sequence({ recurrent: { strategy: "mixRandom", rank: 3 } }),
      sequence({ recurrent: { strategy: "mixRandom", rank: 3, fixed: { distribution: "binary", gain: 0.5 } } }),
    ],
  },
  {
    says: "convolutions over images with masks of other strategies",
    studies: [
      kernels(square, { "layer.{0,1}": { strategy: "neuron", count: 40 } }),
      kernels(square, { "layer.{0,1}": { strategy: "saliency", count: 40 } }),
      kernels(square, { "layer.{0,1}": { strategy: "spread", fraction: 0.2, fixed: { distribution: "binary" } } }),
    ],
  },
  {
    says: "half convolutions over the rows of images",
    studies: [kernels(rows, { "layer.0": half }), kernels(rows, { "layer.0": { ...half, fixed: { distribution: "binary" } } })],
  },
  {
    says: "recurrent networks with masks of other strategies, on other lengths",
    studies: [
      bits({ "layer.{0,1}.*": { strategy: "neuron", count: 40 } }, { model: { kind: "rnn", hidden: [6], embedding: 4 } }),
      bits({ "layer.{0,1}.*": { strategy: "rankGreedy", count: 40 } }, { model: { kind: "rnn", hidden: [6], embedding: 4 } }),
      bits(
        { "layer.{0,1}.*": { strategy: "saliency", count: 40 } },
        {
          model: { kind: "rnn", hidden: [6], embedding: 4 },
          data: { kind: "parity", length: { from: 4, to: 5 }, split: { train: 30, validation: 10, test: 10 } },
        },
      ),
    ],
  },
  {
    says: "recurrent networks with cores",
    studies: [
      bits({ "layer.*.recurrent": { strategy: "factor", rank: 2 } }),
      bits({ "layer.*.recurrent": { strategy: "factor", rank: 2 } }, { initialiser: { output: { kind: "zeros" } } }),
    ],
  },
  {
    says: "transformers with masks of other strategies",
    studies: (["uniform", "block", "magnitude", "saliency"] as const).map((strategy) =>
      tokens({ "block.0.attention.{query,key}.weight": { strategy, count: 30 } }),
    ),
  },
  {
    says: "half layers of a transformer",
    studies: [
      tokens({ "block.0.feedForward.*": { strategy: "full" }, "*.weight": half }),
      tokens({ "block.0.feedForward.*": { strategy: "full" }, "*.weight": { ...half, fixed: { distribution: "binary" } } }),
    ],
  },
  {
    says: "transformers over the rows of images",
    studies: [
      kernels({ kind: "transformer", blocks: 1, width: 8 }, { "{embedding,position}": { ...half, bias: false } }),
      kernels({ kind: "transformer", blocks: 1, width: 8 }, { "{embedding,position}": { ...half, bias: false, fixed: { distribution: "uniform" } } }),
    ],
  },
  {
    says: "feed-forward teachers",
    studies: [
      vectors({ "layer.0": { strategy: "colScale" } }),
      vectors({ "layer.0": { strategy: "colScale", fixed: { distribution: "ternary" } } }, { initialiser: { "layer.1": { kind: "xavier" } } }),
    ],
  },
];

const engines = ["reference", "wasm"] as const;

test.for(engines.flatMap((engine) => packs.map((pack) => ({ engine, ...pack }))))(
  "on $engine, $says give the same bits packed and alone, and every time",
  ({ engine, studies }) => {
    const trials = [0, 1].flatMap((replicate) => studies.map((study): [StudyInput, number] => [study, replicate]));
    const packed = trace(trials, engine);
    expect(trials.map((trial) => trace([trial], engine)[0])).toEqual(packed);
    expect(trace(trials, engine)).toEqual(packed);
    expect(new Set(packed).size).toBe(packed.length);
  },
);

test("advancing in other portions, and trials in another order, changes nothing but the means of the portions", () => {
  const trials = [0, 1].map((replicate) => setupOf(images(half), replicate));
  const at = (portions: readonly number[], order: readonly number[]): unknown[] => {
    const run = compose({ trials, dataset, engine: "wasm" });
    for (const step of portions) for (const trial of order) run.advance(trial, step);
    const tensors = trials.map((_, trial) => run.tensors(trial));
    run.close();
    return tensors;
  };
  expect(at([3, 4, 14], [1, 0])).toEqual(at([14], [0, 1]));
});

test.for(engines)("on %s, fixed weights keep their bits through training and only chosen entries move", (engine) => {
  const trials = [images({ strategy: "row", count: 100 }), images({ strategy: "spread", count: 7 })].map((study) => setupOf(study));
  const run = compose({ trials, dataset, engine });
  for (const [trial, count] of [100, 7].entries()) {
    const before = run.tensors(trial)["layer.0.weight"]?.values ?? new Float64Array();
    run.advance(trial, run.steps);
    const after = run.tensors(trial)["layer.0.weight"]?.values ?? new Float64Array();
    const moved = after.filter((value, i) => value !== before[i]).length;
    expect(moved).toBeGreaterThan(0);
    expect(moved).toBeLessThanOrEqual(count);
    expect(run.finish(trial)).toMatchObject({ fixedUnchanged: 1, learnableParameters: count + 12 * 10 + 10 });
  }
  run.close();
});

const moved = (strategy: "saliency" | "rankGreedy", engine: EngineName): number[] => {
  const run = compose({ trials: [setupOf(sequence({ "*": { strategy, count: 12 } }))], dataset: undefined, engine });
  const values = (): number[] => Object.values(run.tensors(0)).flatMap((tensor) => Array.from(tensor.values));
  const before = values();
  run.advance(0, run.steps);
  const entries = [...values().entries()].filter(([i, value]) => value !== before[i]).map(([i]) => i);
  run.close();
  return entries;
};

test.for(["saliency", "rankGreedy"] as const)("%s chooses the same entries whatever engine trains them", (strategy) => {
  const [exact, single] = engines.map((engine) => moved(strategy, engine));
  expect(exact).toHaveLength(12);
  expect(single).toEqual(exact);
});

test("rankGreedy is refused where its Jacobian would be too large, saying how large and what to do", () => {
  const failure = thrown(() => compose({ trials: [setupOf(images({ strategy: "rankGreedy", count: 20 }))], dataset, engine: "wasm" }));
  expect(failure).toBeInstanceOf(StudyError);
  expect(failure).toHaveProperty("field", "allocation.layer.0");
  expect(failure).toHaveProperty("message", expect.stringMatching(/1400 outputs in 9408 entries.*or 4000000 derivatives: name fewer tensors/));
});

test.for<{ says: string; layer: Allocation[string]; trained: number; total: number }>([
  { says: "random features", layer: { strategy: "frozen" }, trained: 510, total: 39_760 },
  { says: "random features with biases", layer: { strategy: "frozen", bias: true }, trained: 560, total: 39_760 },
  { says: "half units", layer: { strategy: "rowScale", bias: true }, trained: 610, total: 39_810 },
  { says: "scales only", layer: { strategy: "rowScale" }, trained: 560, total: 39_810 },
  { says: "input scales", layer: { strategy: "colScale" }, trained: 784 + 510, total: 39_760 + 784 },
  { says: "a full layer", layer: { strategy: "full" }, trained: 39_760, total: 39_760 },
  { says: "a matrix of rank 3", layer: { strategy: "lowRank", rank: 3 }, trained: 3 * (784 + 50) + 560, total: 39_760 + 3 * (784 + 50) },
  { says: "3 mixed rows", layer: { strategy: "mixRandom", rank: 3, bias: false }, trained: 3 * 784 + 510, total: 39_760 - 784 * 50 + 3 * (784 + 50) },
  { says: "a core of 6", layer: { strategy: "factor", rank: 3 }, trained: 36 + 560, total: 36 + 6 * (784 + 50) + 560 },
  {
    says: "a core of 6 and its factors",
    layer: { strategy: "factor", rank: 3, multiplier: 0.1 },
    trained: 36 + 6 * (784 + 50) + 560,
    total: 36 + 6 * (784 + 50) + 560,
  },
  { says: "a mask of 400", layer: { strategy: "spread", count: 400 }, trained: 910, total: 39_760 },
  { says: "a mask of 20 scales", layer: { strategy: "uniform", count: 20, over: { strategy: "rowScale" } }, trained: 20 + 510, total: 39_810 },
  {
    says: "a mask of 20 in a core of 6",
    layer: { strategy: "row", count: 20, over: { strategy: "factor", rank: 3 } },
    trained: 20 + 510,
    total: 36 + 6 * (784 + 50) + 560,
  },
  { says: "a mask of 400 and biases", layer: { strategy: "spread", count: 400, bias: true }, trained: 960, total: 39_760 },
])("784-50-10 with $says trains $trained of $total scalars", ({ layer, trained, total }) => {
  const run = compose({ trials: [setupOf(images(layer, { model: { kind: "mlp", hidden: [50] } }))], dataset, engine: "wasm" });
  expect(run.facts(0)).toMatchObject({ learnableParameters: trained, totalParameters: total });
  run.close();
});

test.for<{ says: string; layer: Allocation[string]; trained: number; total: number }>([
  { says: "full kernels", layer: { strategy: "full" }, trained: 78 + 112 + 370, total: 560 },
  { says: "random kernels", layer: { strategy: "frozen" }, trained: 370, total: 560 },
  { says: "half kernels", layer: { strategy: "rowScale", bias: true }, trained: 2 * 7 + 370, total: 560 + 7 },
  { says: "scaled inputs", layer: { strategy: "colScale" }, trained: 25 + 27 + 370, total: 560 + 25 + 27 },
  { says: "a mask of 20", layer: { strategy: "row", count: 20 }, trained: 20 + 370, total: 560 },
])("28 × 28, 3 kernels of 25, 4 of 27, 36-10 with $says train $trained of $total scalars", ({ layer, trained, total }) => {
  const run = compose({ trials: [setupOf(kernels(square, { "layer.{0,1}": layer }))], dataset, engine: "wasm" });
  expect(run.facts(0)).toMatchObject({ learnableParameters: trained, totalParameters: total });
  run.close();
});

const flops = (layer: Allocation[string]): number => {
  const run = compose({ trials: [setupOf(images(layer))], dataset, engine: "wasm" });
  const { flopsPerStep } = run.facts(0);
  run.close();
  return flopsPerStep;
};

test("fixed weights' products with fixed inputs are no part of a step", () => {
  expect(flops({ strategy: "full" })).toBeGreaterThan(2 * 20 * 784 * 12);
  for (const layer of [half, { strategy: "frozen" }] as const) expect(flops(layer)).toBeLessThan(2 * 20 * 784);
});

test("of a core between fixed factors, its own products and that with the left factor are", () => {
  const [batch, hidden, classes, width] = [20, 12, 10, 4];
  expect(flops({ strategy: "factor", rank: 2 })).toBe(2 * (2 * batch * width * width + 2 * batch * width * hidden + 3 * batch * hidden * classes));
});

test("of a matrix of low rank, the products with its two factors and their gradients are", () => {
  const [batch, inputs, hidden, classes, rank] = [20, 784, 12, 10, 2];
  const head = 3 * batch * hidden * classes;
  expect(flops({ strategy: "lowRank", rank })).toBe(2 * (2 * batch * inputs * rank + 3 * batch * rank * hidden + head));
  expect(flops({ strategy: "mixRandom", rank })).toBe(2 * (2 * batch * inputs * rank + 2 * batch * rank * hidden + head));
});

test("a step of convolutions multiplies every patch with every kernel, and once more for each gradient", () => {
  const run = compose({ trials: [setupOf(kernels(square, {}))], dataset, engine: "wasm" });
  const [first, second, head] = [20 * 10 * 10 * 25 * 3, 20 * 3 * 3 * 27 * 4, 20 * 36 * 10]; // 10 × 10 positions, a pool to 5 × 5, 3 × 3 positions
  expect(run.facts(0).flopsPerStep).toBe(2 * (2 * first + 3 * second + 3 * head));
  run.close();
});

const stepOf = (study: StudyInput) => {
  const run = compose({ trials: [setupOf(study)], dataset: undefined, engine: "wasm" });
  const facts = run.facts(0);
  run.close();
  return facts;
};

test("a step of a recurrent network multiplies states at all positions but the first, and once more for each gradient", () => {
  const [batch, positions, vocabulary, hidden, classes] = [10, 7, 5, 6, 3];
  const facts = stepOf(tokens({}, { model: { kind: "rnn", hidden: [hidden] } }));
  expect(facts.flopsPerStep).toBe(2 * 3 * batch * ((positions - 1) * hidden * hidden + positions * hidden * classes));
  expect(facts.learnableParameters).toBe(hidden * (vocabulary + hidden + 1) + classes * (hidden + 1));
  const frozen = stepOf(tokens({ "*": { strategy: "frozen" } }, { model: { kind: "rnn", hidden: [hidden] } }));
  expect(frozen).toMatchObject({ learnableParameters: 0, totalParameters: facts.totalParameters });
});

test("a step of a transformer has its projections, and scores and sums over all positions of each head", () => {
  const [batch, positions, vocabulary, width, inner, classes] = [10, 7, 5, 8, 12, 3];
  const facts = stepOf(tokens({}));
  const projections = positions * (4 * width * width + 2 * width * inner + width * classes);
  const attention = 2 * positions * positions * width;
  expect(facts.flopsPerStep).toBe(2 * 3 * batch * (projections + attention));
  const weights = width * (vocabulary + positions) + 4 * width * width + 2 * width * inner + width * classes;
  expect(facts.learnableParameters).toBe(weights + 3 * width + inner + width + classes + 3 * 2 * width);
  expect(stepOf(tokens({ "block.0.attention.{query,key}.weight": { strategy: "uniform", count: 9 } })).learnableParameters).toBe(
    facts.learnableParameters - 128 + 9,
  );
});

/** The tensors a trial starts with and its first batch's loss. */
const start = (layer: Allocation[string]): { tensors: Record<string, TensorValue>; loss: number } => {
  const run = compose({ trials: [setupOf(images(layer), 3)], dataset, engine: "reference" });
  const tensors = run.tensors(0);
  run.advance(0, 1);
  const loss = run.measure(0)["train.loss"]!;
  run.close();
  return { tensors, loss };
};

test("arms of a replicate visit the examples in the same order and start from the same draws", () => {
  const [a, b] = [start({ strategy: "frozen" }), start({ strategy: "spread", count: 50 })];
  expect(b.tensors).toEqual(a.tensors);
  expect(b.loss).toBe(a.loss);
  const scaled = start(half);
  const frozen = start({ strategy: "frozen", fixed: { distribution: "normal" } });
  expect(scaled.tensors["layer.0.weight"]).toEqual(frozen.tensors["layer.0.weight"]);
});

test("the order stream, and not the data stream, decides which images come first", () => {
  const [one, two] = [setupOf(images(half), 0), setupOf(images(half), 1)];
  const streams = [one.streams, { ...one.streams, order: two.streams.order }, { ...one.streams, data: two.streams.data }];
  const run = compose({ trials: streams.map((each) => ({ ...one, streams: each })), dataset, engine: "wasm" });
  const [same, order, data] = streams.map((_, trial) => {
    run.advance(trial, 1);
    return run.measure(trial)["train.loss"];
  });
  run.close();
  expect(order).not.toBe(same);
  expect(data).toBe(same);
});

test("an epoch's batches hold every example once", () => {
  const frozen: Partial<StudyInput> = { allocation: { "*": { strategy: "frozen" } } };
  const finals = ([{ kind: "adam", learningRate: 0.01, epochs: 1, batch: 20 }, { kind: "none" }] as const).map((optimizer) => {
    const run = compose({ trials: [setupOf(images(half, { ...frozen, optimizer }))], dataset, engine: "reference" });
    run.advance(0, run.steps);
    const final = run.measure(0);
    run.close();
    return final;
  });
  for (const metric of ["train.loss", "train.accuracy"]) expect(finals[0]![metric]).toBeCloseTo(finals[1]![metric]!, 12);
});

/** The training loss of the first minibatches, as the mean of each portion that ends at one of `steps`. */
const portions = (steps: readonly number[]): number[] => {
  const run = compose({ trials: [setupOf(images(half))], dataset, engine: "reference" });
  const losses = steps.map((step) => {
    run.advance(0, step);
    return run.measure(0)["train.loss"]!;
  });
  run.close();
  return losses;
};

test("a minibatch metric is the mean over the steps since it was last measured", () => {
  const [a, b, c, d, e] = portions([1, 2, 3, 4, 5]);
  const [first, second] = portions([2, 5]);
  expect(first).toBeCloseTo((a! + b!) / 2, 12);
  expect(second).toBeCloseTo((c! + d! + e!) / 3, 12);
});

test.for<{ says: string; model: StudyInput["model"] }>([
  { says: "dense", model: { kind: "mlp", hidden: [6], inputs: 4, outputs: 2 } },
  { says: "of sequences", model: { kind: "conv1d", layers: [{ channels: 3, pool: {} }], sequence: { length: 8 }, outputs: 2 } },
  { says: "of images", model: { kind: "conv2d", layers: [{ channels: 3, stride: 2 }], image: { height: 4, width: 5, channels: 2 }, outputs: 2 } },
])("a student $says that is drawn as its teacher has its answers", ({ model }) => {
  const setup = setupOf(vectors({}, { model, optimizer: { kind: "none" } }));
  const run = compose({ trials: [{ ...setup, streams: { ...setup.streams, init: setup.streams.teacher } }, setup], dataset: undefined, engine: "reference" });
  expect(run.finish(0)["test.nmse"]).toBeLessThan(1e-28);
  expect(run.finish(1)["test.nmse"]).toBeGreaterThan(0.1);
  run.close();
});

const points = (study: StudyInput): readonly number[] => {
  const run = compose({ trials: [setupOf(study)], dataset, engine: "wasm" });
  run.close();
  return run.measureAt;
};

test("measuring happens each epoch, 20 times in so many steps, or as asked", () => {
  expect(points(images(half))).toEqual([7, 14]); // 140 training images in batches of 20
  expect(points(images(half, { optimizer: { kind: "adam", learningRate: 0.01, epochs: 2, batch: 30 } }))).toEqual([4, 8]); // 20 are left out of each epoch
  expect(points(sequence({}, { optimizer: { kind: "gd", learningRate: 0.1, steps: 50 } }))).toEqual([
    3, 5, 8, 10, 13, 15, 18, 20, 23, 25, 28, 30, 33, 35, 38, 40, 43, 45, 48, 50,
  ]);
  expect(points(sequence({}, { measureEvery: 20 }))).toEqual([20, 30]);
  expect(points(sequence({}, { optimizer: { kind: "none" } }))).toEqual([0]);
});

test("metrics carry their part's name, and the test set appears only at the end", () => {
  const run = compose({ trials: [setupOf(images(half))], dataset, engine: "wasm" });
  run.advance(0, 14);
  expect(Object.keys(run.measure(0))).toEqual(["train.loss", "train.accuracy", "validation.loss", "validation.accuracy"]);
  const final = run.finish(0);
  expect(Object.keys(final).filter((name) => name.startsWith("test."))).toEqual(["test.loss", "test.accuracy"]);
  expect(final).toMatchObject(run.measure(0));
  run.close();
});

test("without a test set a match is decided by the error of the final weights, however often it was measured", () => {
  const study = vectors(
    {},
    {
      data: { kind: "feedForwardTeacher", split: { train: 40, validation: 0, test: 0 } },
      model: { kind: "mlp", hidden: [6], inputs: 4, outputs: 2, activation: "linear", bias: false },
      optimizer: { kind: "adam", learningRate: 0.02, steps: 400, batch: 10 },
    },
  );
  const finals = [1, 400].map((measureEvery) => {
    const run = compose({ trials: [setupOf({ ...study, measureEvery })], dataset, engine: "wasm" });
    for (const step of run.measureAt) {
      run.advance(0, step);
      run.measure(0);
    }
    const final = run.finish(0);
    run.close();
    return final;
  });
  expect(finals[0]).toMatchObject({ match: 1 });
  expect(finals[1]).toEqual(finals[0]);
});

test.for([
  { engine: "reference", step: 3 },
  { engine: "wasm", step: 2 }, // float32 overflows earlier
] as const)("on $engine, a loss that is no finite number stops the trial at its step", ({ engine, step }) => {
  const study = sequence({}, { optimizer: { kind: "gd", learningRate: 1000, steps: 100 } });
  const run = compose({ trials: [setupOf(study)], dataset: undefined, engine });
  const failure = thrown(() => run.advance(0, 100));
  expect(failure).toBeInstanceOf(Diverged);
  expect(failure).toHaveProperty("step", step);
  run.close();
});

test("an evaluation that is no finite number ends the trial too", () => {
  const study = sequence({}, { optimizer: { kind: "gd", learningRate: 1000, steps: 1 } });
  const run = compose({ trials: [setupOf(study)], dataset: undefined, engine: "wasm" });
  run.advance(0, 1);
  expect(thrown(() => run.measure(0))).toBeInstanceOf(Diverged);
  expect(thrown(() => run.finish(0))).toHaveProperty("message", "train.loss is Infinity at step 1");
  run.close();
});

test("64-bit studies are refused on an engine of 32 bits", () => {
  const trials = [setupOf(sequence({}, { dtype: "f64" }))];
  expect(() => compose({ trials, dataset: undefined, engine: "wasm" })).toThrow(StudyError);
});

test("the no-op trial has one step, one metric of its stream, and says how long to wait", () => {
  const study: StudyInput = { data: { kind: "sleep", seconds: 0.25 } };
  const run = compose({ trials: [setupOf(study, 0), setupOf(study, 1)], dataset: undefined, engine: "wasm" });
  expect(run.measureAt).toEqual([1]);
  expect(run.facts(0).sleepSeconds).toBe(0.25);
  run.advance(0, 1);
  expect(run.measure(0)).toEqual(run.measure(0));
  expect(run.measure(0)).not.toEqual(run.measure(1));
  expect(run.finish(0)).toMatchObject({ ...run.measure(0), learnableParameters: 0, fixedUnchanged: 1 });
});

test("the memory estimate is what the session then takes", () => {
  const options = { trials: [setupOf(images(half), 0), setupOf(images(half), 1)], dataset, engine: "wasm" as const };
  const run = compose(options);
  expect(runBytes(options)).toBe(run.bytes);
  run.close();
});
