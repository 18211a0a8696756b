/** For tests: small studies that together use most of what a study can say. */
import type { StudyInput } from "@allot/spec";

export const half: StudyInput = {
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [16, 8], activation: "tanh" },
  allocation: {
    "layer.0": { strategy: "rowScale", bias: true, fixed: { distribution: "mexicanHat" } },
    "layer.1": { strategy: "spread", count: 40, bias: true, fixed: { distribution: "ternary", gain: 0.5 } },
  },
  optimizer: { kind: "adam", learningRate: 0.01, epochs: 3, batch: 20, schedule: "cosine" },
};

export const whole: StudyInput = {
  data: { kind: "linearRnnTeacher", steps: 6 },
  model: { kind: "linearRnn", hidden: 7, inputs: 2, outputs: 2 },
  allocation: { "*": { strategy: "neuron", count: 30 } },
  optimizer: { kind: "momentum", learningRate: 0.01, steps: 40 },
};

export const decoder: StudyInput = { ...whole, allocation: { "{input,recurrent}": { strategy: "frozen" } }, optimizer: { kind: "leastSquares" }, dtype: "f64" };

export const vectors: StudyInput = {
  data: { kind: "feedForwardTeacher", split: { train: 30, validation: 10, test: 10 } },
  model: { kind: "mlp", hidden: [6], inputs: 4, outputs: 2, activation: "sigmoid" },
  allocation: { "layer.0": { strategy: "colScale" } },
  optimizer: { kind: "rmsprop", learningRate: 0.01, epochs: 4, batch: 10, weightDecay: 0.01 },
};

export const kernels: StudyInput = {
  data: { kind: "mnist" },
  model: {
    kind: "conv2d",
    layers: [
      { channels: 4, kernel: 5, stride: 3, pool: { kind: "average", size: 2 } },
      { channels: 5, padding: "valid", pool: { kind: "max", size: 2 } },
    ],
    hidden: [7],
    activation: "tanh",
  },
  allocation: {
    "layer.0": { strategy: "rowScale", bias: true, fixed: { distribution: "binary" } },
    "layer.{1,2}.weight": { strategy: "neuron", count: 60 },
  },
  optimizer: { kind: "adamw", learningRate: 0.01, epochs: 3, batch: 20, weightDecay: 0.01 },
};

export const sequences: StudyInput = {
  data: { kind: "feedForwardTeacher", split: { train: 30, validation: 10, test: 10 } },
  model: {
    kind: "conv1d",
    layers: [{ channels: 3, kernel: 4, stride: 2 }, { channels: 4 }],
    sequence: { length: 12, channels: 2 },
    outputs: 3,
  },
  allocation: { "layer.1": { strategy: "colScale" } },
  optimizer: { kind: "gd", learningRate: 0.05, steps: 30 },
};

export const ranks: StudyInput = {
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [16, 12] },
  allocation: {
    "layer.0": { strategy: "lowRank", rank: 3, fixed: { distribution: "binary" } },
    "layer.1": { strategy: "saliency", count: 30, bias: true },
    "layer.2": { strategy: "mixRandom", rank: 4 },
  },
  optimizer: { kind: "adam", learningRate: 0.01, epochs: 3, batch: 20 },
};

export const cores: StudyInput = {
  data: { kind: "linearRnnTeacher", steps: 6 },
  model: { kind: "linearRnn", hidden: 6, inputs: 2, outputs: 2 },
  allocation: {
    "{input,recurrent}": { strategy: "factor", rank: 1, multiplier: 0.1 },
    output: { strategy: "rankGreedy", count: 3, over: { strategy: "lowRank", rank: 1 } },
  },
  optimizer: { kind: "momentum", learningRate: 0.01, steps: 40 },
};

export const completion: StudyInput = {
  data: { kind: "lowRankMatrix", rows: 12, rank: 2, observed: 0.5 },
  model: { kind: "deepLinear" },
  allocation: { "*": { strategy: "factor", rank: 2, multiplier: 0.1 } },
  initialiser: { "*": { kind: "orthogonal", scale: 0.3 } },
  objective: { reduction: "sum", scale: 0.5 },
  optimizer: { kind: "gd", learningRate: 0.02, steps: 40, weightDecay: 0.01 },
  probes: [{ kind: "singularValues", tensors: "layer.1.*", count: 2 }, { kind: "endToEnd" }],
};

export const law: StudyInput = {
  data: { kind: "lowRankMatrix", rows: 12, rank: 2 },
  model: { kind: "deepLinear" },
  initialiser: { "*": { kind: "normMatchedUniform", scale: 1 }, "layer.0.weight": { kind: "normMatchedNormal", scale: 1 } },
  optimizer: { kind: "momentum", learningRate: 0.3, steps: 40 },
  probes: [{ kind: "subspaceLeak" }, { kind: "rhoResidual" }, { kind: "rhoResidual", rho: "fitted" }, { kind: "movingSingularValues", threshold: 0.1 }],
};

export const collapsing: StudyInput = {
  data: { kind: "orthogonalClasses", classes: 3, perClass: 4 },
  model: { kind: "mlp", hidden: [12, 12, 12], bias: false },
  initialiser: { "*": { kind: "orthogonal", scale: 0.7 } },
  objective: { scale: 0.5 },
  optimizer: { kind: "gd", learningRate: 1, epochs: 10, batch: 4 },
  probes: [{ kind: "collapse" }],
};

export const bits: StudyInput = {
  data: { kind: "parity", length: { from: 2, to: 5 }, split: { train: 40, validation: 10, test: 10 } },
  model: { kind: "rnn", hidden: [7, 6], embedding: 3 },
  allocation: {
    "layer.0": { strategy: "neuron", count: 40, bias: true },
    "layer.1": { strategy: "rowScale", bias: true, fixed: { distribution: "ternary" } },
  },
  optimizer: { kind: "momentum", learningRate: 0.02, epochs: 4, batch: 10 },
};

export const copies: StudyInput = {
  data: { kind: "copyPaste", vocabulary: 3, length: { from: 1, to: 3 }, split: { train: 40, validation: 10, test: 10 } },
  model: { kind: "transformer", blocks: 2, width: 8, heads: 2, feedForward: 12 },
  allocation: {
    "block.*.attention.{query,key}": { strategy: "saliency", count: 100, bias: true },
    "block.*.attention.value": { strategy: "lowRank", rank: 2 },
    "block.*.feedForward.hidden": { strategy: "rowScale", bias: true, fixed: { distribution: "normal" } },
    "block.1.*norm": { strategy: "frozen" },
  },
  optimizer: { kind: "adamw", learningRate: 0.003, epochs: 3, batch: 10, weightDecay: 0.01 },
};

export const rows: StudyInput = {
  data: { kind: "mnist" },
  model: { kind: "rnn", hidden: [9] },
  allocation: { "layer.0.input": { strategy: "colScale", fixed: { distribution: "normal", gain: "unitVariance" } } },
  optimizer: { kind: "gd", learningRate: 0.05, epochs: 2, batch: 20 },
};

export const guided: StudyInput = {
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [16, 12, 8], activation: "tanh" },
  objective: {
    guidance: [
      { guide: { model: { kind: "conv2d", layers: [{ channels: 3, stride: 3, pool: {} }, { channels: 4 }] } }, weight: 2, reduction: "mean", until: 15 },
      {
        guide: { model: { kind: "mlp", hidden: [9], activation: "sigmoid" }, optimizer: { kind: "adam", learningRate: 0.01, steps: 5 } },
        distance: "representationalSimilarity",
        layers: "last",
        input: "shuffled",
        from: 3,
      },
    ],
    warm: 4,
  },
  // A bias below a guided layer gets no gradient while it is warm, which Adam would divide by its size.
  optimizer: { kind: "momentum", learningRate: 0.01, epochs: 3, batch: 20 },
  probes: [{ kind: "alignment" }, { kind: "alignment", term: 1, as: "distances" }],
};
