import { Study, type StudyInput, unsupportedStudy } from "@allot/spec";
import { expect, test } from "vitest";
import { checkStudy } from "./check.ts";
import { StudyError } from "./errors.ts";
import { thrown } from "./testing/studies.ts";

const half: StudyInput = {
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [50] },
  allocation: { "layer.0": { strategy: "rowScale", bias: true, fixed: { distribution: "mexicanHat" } } },
  optimizer: { kind: "adam", learningRate: 0.002, epochs: 12, batch: 100 },
};

const decoder: StudyInput = {
  data: { kind: "linearRnnTeacher", steps: 6 },
  model: { kind: "linearRnn", hidden: 12, inputs: 1, outputs: 4 },
  allocation: { output: { strategy: "spread", count: 24 } },
  optimizer: { kind: "leastSquares" },
  dtype: "f64",
};

const teacher: StudyInput = {
  data: { kind: "feedForwardTeacher", split: { train: 100, validation: 0, test: 100 } },
  model: { kind: "mlp", hidden: [20], inputs: 10, outputs: 5, activation: "linear", bias: false },
  optimizer: { kind: "gd", learningRate: 0.1, steps: 10 },
};

type Guidance = NonNullable<NonNullable<StudyInput["objective"]>["guidance"]>[number];
const guided = (term: Partial<Guidance>): StudyInput => ({
  ...half,
  objective: { guidance: [{ guide: { model: { kind: "mlp", hidden: [9, 8] } }, ...term }] },
});

const deep: StudyInput = {
  data: { kind: "lowRankMatrix", rows: 20, rank: 3 },
  model: { kind: "deepLinear" },
  initialiser: { "*": { kind: "orthogonal", scale: 0.1 } },
  objective: { reduction: "sum", scale: 0.5 },
  optimizer: { kind: "gd", learningRate: 0.1, steps: 10 },
};

const square: StudyInput = { ...half, model: { kind: "conv2d", layers: [{ channels: 4, pool: {} }] }, allocation: {} };
const line: StudyInput = { ...square, model: { kind: "conv1d", layers: [{ channels: 4 }] } };

const bits: StudyInput = { data: { kind: "parity" }, model: { kind: "rnn" }, optimizer: { kind: "adam", learningRate: 0.01, epochs: 1, batch: 50 } };
const copies: StudyInput = { ...bits, data: { kind: "copyPaste" }, model: { kind: "transformer" } };

test.for([
  { says: "half layers on MNIST", study: half },
  { says: "convolutions on MNIST", study: square },
  { says: "convolutions over the pixels of MNIST", study: line },
  {
    says: "convolutions over the rows of MNIST",
    study: { ...line, model: { kind: "conv1d" as const, layers: [{ channels: 4 }], sequence: { channels: 28 } } },
  },
  {
    says: "a convolutional teacher",
    study: { ...teacher, model: { kind: "conv2d" as const, layers: [{ channels: 4 }], image: { height: 6, width: 8, channels: 3 }, outputs: 2 } },
  },
  { says: "a least-squares decoder", study: decoder },
  { says: "a feed-forward teacher", study: teacher },
  { says: "a deep linear net on a low-rank matrix", study: deep },
  { says: "the completion of an oblong matrix", study: { ...deep, data: { kind: "lowRankMatrix" as const, rows: 20, columns: 30, rank: 3, observed: 0.5 } } },
  { says: "a deep linear net on orthogonal classes", study: { ...deep, data: { kind: "orthogonalClasses" as const } } },
  { says: "a recurrent network on parity", study: bits },
  { says: "a transformer on sequences to copy", study: copies },
  { says: "a recurrent network over the rows of MNIST", study: { ...half, allocation: {}, model: { kind: "rnn" as const } } },
  { says: "a transformer over the rows of MNIST", study: { ...half, allocation: {}, model: { kind: "transformer" as const } } },
  { says: "the no-op trial", study: { data: { kind: "sleep" as const } } },
])("$says pass the check", ({ study }) => {
  expect(() => checkStudy(Study.parse(study))).not.toThrow();
});

test.for<{ says: string; study: StudyInput; field: string; want: RegExp }>([
  {
    says: "a budget above its scope",
    study: { ...decoder, allocation: { output: { strategy: "row", count: 49 } } },
    field: "allocation.output.count",
    want: /49 is more than the 48 entries.*cap: true/,
  },
  { says: "leastSquares on classes", study: { ...half, optimizer: { kind: "leastSquares" }, dtype: "f64" }, field: "optimizer.kind", want: /squared error/ },
  { says: "leastSquares with l2", study: { ...decoder, objective: { l2: 0.1 } }, field: "objective.l2", want: /no effect/ },
  {
    says: "classes without labels",
    study: { ...teacher, objective: { task: "crossEntropy" } },
    field: "objective.task",
    want: /crossEntropy does not fit data feedForwardTeacher: use meanSquaredError/,
  },
  {
    says: "sequences from images",
    study: { ...half, objective: { task: "markovNmse" } },
    field: "objective.task",
    want: /use crossEntropy or meanSquaredError/,
  },
  {
    says: "a recurrent model on images",
    study: { ...half, allocation: {}, model: { kind: "linearRnn" } },
    field: "model.kind",
    want: /linearRnn and the data is mnist: use mlp/,
  },
  { says: "a dense model on sequences", study: { ...decoder, model: { kind: "mlp" } }, field: "model.kind", want: /use linearRnn, or data feedForwardTeacher/ },
  {
    says: "another input size than the images'",
    study: { ...half, model: { kind: "mlp", inputs: 100 } },
    field: "model.inputs",
    want: /100 and the data has 784: leave it out/,
  },
  { says: "a teacher without sizes", study: { ...teacher, model: { kind: "mlp" } }, field: "model.inputs", want: /is missing/ },
  {
    says: "a batch above the training set",
    study: { ...teacher, optimizer: { kind: "gd", learningRate: 0.1, steps: 10, batch: 101 } },
    field: "optimizer.batch",
    want: /101 is more than the 100 training examples/,
  },
  {
    says: "a batch without examples",
    study: { ...decoder, optimizer: { kind: "gd", learningRate: 0.1, steps: 10, batch: 5 } },
    field: "optimizer.batch",
    want: /the data has no examples: leave it out/,
  },
  {
    says: "hats on a hidden layer",
    study: { ...half, allocation: { "layer.1": { strategy: "frozen", fixed: { distribution: "mexicanHat" } } } },
    field: "allocation.layer.1.fixed.distribution",
    want: /layer\.1\.weight has 50 inputs that are none/,
  },
  {
    says: "hats that see no input",
    study: { ...half, allocation: { "layer.0": { strategy: "mixRandom", rank: 2, fixed: { distribution: "mexicanHat" } } } },
    field: "allocation.layer.0.fixed.distribution",
    want: /mixRandom's fixed weights see no input: use normal/,
  },
  {
    says: "a rank that no matrix of the scope can have",
    study: { ...half, allocation: { "layer.{0,1}.weight": { strategy: "lowRank", rank: 11 } } },
    field: "allocation.layer.{0,1}.weight.rank",
    want: /11 is more than the 10 that layer\.1\.weight \(10×50\) can have: lower it/,
  },
  {
    says: "a core wider than its matrix",
    study: { ...half, allocation: { "layer.1": { strategy: "factor", rank: 6 } } },
    field: "allocation.layer.1.rank",
    want: /6 is more than the 5 that layer\.1\.weight \(10×50\) can have: lower it/,
  },
  {
    says: "a vector of low rank",
    study: { ...half, allocation: { "layer.0.*": { strategy: "mixRandom", rank: 1 } } },
    field: "allocation.layer.0.*",
    want: /mixRandom needs a matrix and layer\.0\.bias is a vector: name the layer, layer\.0/,
  },
  {
    says: "hats in a kernel",
    study: { ...square, allocation: { "layer.0": { strategy: "rowScale", fixed: { distribution: "mexicanHat" } } } },
    field: "allocation.layer.0.fixed.distribution",
    want: /layer\.0\.weight has 9 inputs that are none/,
  },
  {
    says: "convolutions of sequences of a teacher",
    study: { ...decoder, model: { kind: "conv1d", layers: [{ channels: 4 }] } },
    field: "model.kind",
    want: /is conv1d and the data is linearRnnTeacher: use linearRnn, or data feedForwardTeacher/,
  },
  {
    says: "a kernel larger than the image",
    study: {
      ...square,
      model: {
        kind: "conv2d",
        layers: [
          { channels: 4, pool: { size: 4 } },
          { channels: 4, kernel: 8 },
        ],
      },
    },
    field: "model.layers[1].kernel",
    want: /8 is larger than the 7×7 that reach it: use 7 or less, or pool less before/,
  },
  {
    says: "a pool that leaves nothing",
    study: { ...square, model: { kind: "conv2d", layers: [{ channels: 4, kernel: 20, padding: "valid", pool: { size: 10 } }] } },
    field: "model.layers[0].pool.size",
    want: /10 leaves nothing of the 9×9 that reach it: use 9 or less, or no pool/,
  },
  {
    says: "a kernel longer than the sequence",
    study: { ...line, model: { kind: "conv1d", layers: [{ channels: 4, kernel: 29 }], sequence: { channels: 28 } } },
    field: "model.layers[0].kernel",
    want: /29 is larger than the 28 that reach it/,
  },
  {
    says: "channels that do not divide an image",
    study: { ...line, model: { kind: "conv1d", layers: [{ channels: 4 }], sequence: { channels: 5 } } },
    field: "model.sequence.channels",
    want: /5 do not divide an image's 784 pixels: use 1, or 28/,
  },
  {
    says: "another image than the data's",
    study: { ...square, model: { kind: "conv2d", layers: [{ channels: 4 }], image: { height: 14, width: 56 } } },
    field: "model.image.height",
    want: /14 and the data has 28: leave it out/,
  },
  {
    says: "a teacher of images without their size",
    study: { ...teacher, model: { kind: "conv2d", layers: [{ channels: 4 }], outputs: 2 } },
    field: "model.image.height",
    want: /is missing.*give the sizes/,
  },
  {
    says: "a dense model on tokens",
    study: { ...bits, model: { kind: "mlp" } },
    field: "model.kind",
    want: /is mlp and the data is parity: use rnn or transformer/,
  },
  {
    says: "a linear recurrent model on tokens",
    study: { ...bits, model: { kind: "linearRnn" } },
    field: "model.kind",
    want: /is linearRnn and the data is parity: use rnn or transformer/,
  },
  {
    says: "a recurrent student of a feed-forward teacher",
    study: { ...teacher, model: { kind: "rnn" } },
    field: "model.kind",
    want: /is rnn and the data is feedForwardTeacher: use mlp, conv1d or conv2d/,
  },
  {
    says: "a transformer on a linear recurrent teacher",
    study: { ...decoder, allocation: {}, model: { kind: "transformer" } },
    field: "model.kind",
    want: /is transformer and the data is linearRnnTeacher: use linearRnn/,
  },
  {
    says: "heads of unequal widths",
    study: { ...copies, model: { kind: "transformer", width: 32, heads: 5 } },
    field: "model.heads",
    want: /5 do not share a width of 32 evenly: use a divisor of it/,
  },
  {
    says: "a squared error of tokens",
    study: { ...copies, objective: { task: "meanSquaredError" } },
    field: "objective.task",
    want: /meanSquaredError does not fit data copyPaste: use crossEntropy/,
  },
  {
    says: "a batch above the sequences",
    study: { ...bits, optimizer: { kind: "adam", learningRate: 0.01, epochs: 1, batch: 2001 } },
    field: "optimizer.batch",
    want: /2001 is more than the 2000 training examples/,
  },
  {
    says: "half a norm",
    study: { ...copies, allocation: { "*": { strategy: "rowScale" } } },
    field: "allocation.*",
    want: /rowScale needs a matrix and block\.0\.attention\.norm\.gain is a vector: name weights alone, such as \*\.weight/,
  },
  {
    says: "an initialiser for no tensor",
    study: { ...half, initialiser: { "layer.7": { kind: "he" } } },
    field: "initialiser.layer.7",
    want: /matches no tensor.*layer\.0\.weight/,
  },
  {
    says: "a multiplier for no tensor",
    study: { ...half, optimizer: { kind: "adam", learningRate: 0.002, steps: 9, multipliers: { "*": 0.5, "layer.7": 2 } } },
    field: "optimizer.multipliers.layer.7",
    want: /matches no tensor.*layer\.0\.weight/,
  },
  {
    says: "a guide that does not fit the data",
    study: guided({ guide: { model: { kind: "conv2d", layers: [{ channels: 4, kernel: 30 }] } } }),
    field: "objective.guidance[0].guide.model.layers[0].kernel",
    want: /^objective\.guidance\[0\]\.guide\.model\.layers\[0\]\.kernel: 30 is larger than the 28×28/,
  },
  {
    says: "a guide without layers to compare",
    study: guided({ guide: { model: { kind: "mlp", hidden: [] } } }),
    field: "objective.guidance[0].guide.model",
    want: /has no layers below its outputs to compare/,
  },
  {
    says: "guidance of a model without layers to compare",
    study: { ...guided({}), model: { kind: "mlp", hidden: [] }, allocation: {} },
    field: "objective.guidance[0]",
    want: /this one has none below its outputs/,
  },
  {
    says: "a layer that the guide does not have",
    study: guided({ layers: [{ target: 0, guide: 2 }] }),
    field: "objective.guidance[0].layers",
    want: /names layer 2 of the guide: below its outputs it has layers 0 to 1/,
  },
  {
    says: "a layer that is compared twice",
    study: guided({
      layers: [
        { target: 0, guide: 0 },
        { target: 0, guide: 1 },
      ],
    }),
    field: "objective.guidance[0].layers",
    want: /names layer 0 of the model twice/,
  },
  {
    says: "a guide of more examples than pairs of them fit into memory",
    study: { ...guided({}), data: { kind: "mnist", split: { train: 8000, validation: 0, test: 2000 } } },
    field: "objective.guidance[0]",
    want: /every two of 8000 training examples, 0\.3 GB for each layer of each trial: train on at most 4000 \(data\.examples\)/,
  },
  {
    says: "what an untrained guide has to reach",
    study: guided({ guide: { model: { kind: "mlp", hidden: [9] }, require: { metric: "validation.accuracy", atLeast: 0.5 } } }),
    field: "objective.guidance[0].guide.require",
    want: /is of a trained guide: give it an optimizer/,
  },
  {
    says: "a warm start without a guide",
    study: { ...half, objective: { warm: 5 } },
    field: "objective.warm",
    want: /there is nothing else to learn: add guidance/,
  },
  {
    says: "a matrix of more than full rank",
    study: { ...deep, data: { kind: "lowRankMatrix", rows: 20, columns: 2, rank: 3 } },
    field: "data.rank",
    want: /3 is more than the 2 that a 20×2 matrix can have: lower it/,
  },
  {
    says: "another width than the matrix's",
    study: { ...deep, model: { kind: "deepLinear", inputs: 30 } },
    field: "model.inputs",
    want: /30 and the data has 20: leave it out/,
  },
  {
    says: "an image that is no row of a matrix",
    study: { ...deep, model: { kind: "conv2d", layers: [{ channels: 4 }], image: { height: 4, width: 4 } }, initialiser: {} },
    field: "model.image",
    want: /is made of 16 numbers and an input of the data of 20/,
  },
  {
    says: "channels that do not divide a row",
    study: { ...deep, model: { kind: "conv1d", layers: [{ channels: 4 }], sequence: { channels: 3 } }, initialiser: {} },
    field: "model.sequence.channels",
    want: /3 do not divide an input's 20 numbers: use 1/,
  },
  {
    says: "a known matrix with a mask",
    study: { ...deep, objective: { task: "maskedMeanSquaredError" } },
    field: "objective.task",
    want: /maskedMeanSquaredError does not fit data lowRankMatrix: use meanSquaredError/,
  },
  {
    says: "a partly known matrix without one",
    study: { ...deep, data: { kind: "lowRankMatrix", rows: 20, rank: 3, observed: 0.5 }, objective: { task: "meanSquaredError" } },
    field: "objective.task",
    want: /use maskedMeanSquaredError/,
  },
  {
    says: "a sum of no squares",
    study: { ...half, objective: { reduction: "sum" } },
    field: "objective.reduction",
    want: /task is crossEntropy: leave it out/,
  },
  { says: "a scale of no squares", study: { ...decoder, objective: { scale: 0.5 } }, field: "objective.scale", want: /task is markovNmse: leave it out/ },
  {
    says: "an orthogonal bias",
    study: { ...half, initialiser: { "*": { kind: "orthogonal", scale: 1 } } },
    field: "initialiser.*",
    want: /orthogonal needs a matrix and layer\.0\.bias is a vector: name weights only, such as \*\.weight/,
  },
  {
    says: "the law of parsimony on oblong layers",
    study: { ...deep, model: { kind: "deepLinear", width: 7 }, probes: [{ kind: "endToEnd" }, { kind: "subspaceLeak" }] },
    field: "probes[1]",
    want: /product of square matrices, and layer\.0\.weight is 7×20: use deepLinear on a square lowRankMatrix/,
  },
  {
    says: "a rank that leaves nothing",
    study: { ...deep, probes: [{ kind: "rhoResidual", rank: 10 }] },
    field: "probes[0].rank",
    want: /10 leaves nothing that training does not move: 2·rank has to be below the 20/,
  },
  {
    says: "a law for data without rank",
    study: { ...deep, data: { kind: "feedForwardTeacher" }, model: { kind: "deepLinear", inputs: 9, outputs: 9 }, probes: [{ kind: "movingSingularValues" }] },
    field: "probes[0].rank",
    want: /is missing: data feedForwardTeacher has no rank of its own/,
  },
  {
    says: "a recursion of nothing",
    study: { ...deep, optimizer: { kind: "none" }, probes: [{ kind: "rhoResidual" }] },
    field: "probes[0].rho",
    want: /recursion is of gradient descent, and the optimiser is none: use fitted/,
  },
  {
    says: "singular values of no matrix",
    study: { ...half, probes: [{ kind: "singularValues", tensors: "layer.0.bias" }] },
    field: "probes[0].tensors",
    want: /"layer\.0\.bias" names no matrix of the model: they are layer\.0\.weight, layer\.1\.weight/,
  },
  {
    says: "a product of convolutions",
    study: { ...square, probes: [{ kind: "endToEnd" }] },
    field: "probes[0]",
    want: /is about the product of all weights, and those of conv2d are no product: use mlp or deepLinear/,
  },
  {
    says: "a law of a recurrent network",
    study: { ...half, model: { kind: "rnn" }, allocation: {}, probes: [{ kind: "subspaceLeak", rank: 2 }] },
    field: "probes[0]",
    want: /those of rnn are no product/,
  },
  {
    says: "a recurrent network that collapses",
    study: { ...half, model: { kind: "rnn" }, allocation: {}, probes: [{ kind: "collapse" }] },
    field: "probes[0]",
    want: /goes from layer to layer, and rnn has other parts: use mlp, deepLinear, conv1d or conv2d/,
  },
  {
    says: "classes of a matrix",
    study: { ...deep, probes: [{ kind: "collapse" }] },
    field: "probes[0]",
    want: /data lowRankMatrix has none: use it on images, characters/,
  },
  {
    says: "a rule for no tensor",
    study: { ...half, allocation: { recurrent: { strategy: "full" } } },
    field: "allocation.recurrent",
    want: /governs no tensor/,
  },
])("$says is refused, naming field and fix", ({ study, field, want }) => {
  const failure = thrown(() => checkStudy(Study.parse(study)));
  expect(failure).toBeInstanceOf(StudyError);
  expect(failure).toHaveProperty("field", field);
  expect(failure).toHaveProperty("message", expect.stringMatching(want));
});

test.for<{ study: StudyInput; want: string }>([
  { study: { ...half, data: { kind: "series" } }, want: "data.kind series: not supported yet" },
  { study: { ...half, initialiser: { "*": { kind: "copy", from: "guide" } } }, want: "initialiser copy: not supported yet" },
])("$want", ({ study, want }) => {
  expect(unsupportedStudy(Study.parse(study))).toContain(want);
  expect(() => checkStudy(Study.parse(study))).toThrow(StudyError);
});

test("what this trainer executes is not reported as unsupported", () => {
  for (const study of [half, decoder, teacher, deep, bits, copies]) expect(unsupportedStudy(Study.parse(study))).toEqual([]);
});
