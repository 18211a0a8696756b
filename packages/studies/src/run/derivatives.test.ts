import type { StudyInput } from "@allot/spec";
import { createSession, trace } from "@allot/tensor";
import { Matrix, SVD } from "ml-matrix";
import { expect, test } from "vitest";
import { loadData } from "../data/load.ts";
import { sizeOf } from "../models/tensors.ts";
import { parametriseAll } from "../parametrisation/parametrise.ts";
import { generatedImages, setupOf } from "../testing/studies.ts";
import { type DerivativeOptions, derivativesOf } from "./derivatives.ts";
import { planOf } from "./plan.ts";
import { startOf } from "./start.ts";

const linearRnn = (hidden: number, inputs: number, outputs: number): StudyInput => ({
  data: { kind: "linearRnnTeacher", steps: 2 * hidden },
  model: { kind: "linearRnn", hidden, inputs, outputs },
  optimizer: { kind: "none" },
  dtype: "f64",
});

const teacher: StudyInput = {
  data: { kind: "feedForwardTeacher", split: { train: 7, validation: 0, test: 0 } },
  model: { kind: "mlp", hidden: [5], inputs: 4, outputs: 2, activation: "tanh" },
  allocation: { "layer.0": { strategy: "lowRank", rank: 2 } },
  optimizer: { kind: "none" },
  dtype: "f64",
};

const images: StudyInput = { data: { kind: "mnist" }, model: { kind: "mlp", hidden: [6], activation: "sigmoid" }, optimizer: { kind: "none" } };

const dataset = loadData(setupOf(images).study, generatedImages("t10k", 60));

const optionsOf = (study: StudyInput): DerivativeOptions => {
  const setup = setupOf(study);
  const { problem } = planOf([setup], dataset);
  const parametrised = parametriseAll(problem.model, setup.study);
  return { problem, setup, parametrised, parts: startOf(problem, setup).parts };
};

const learnable = ({ parametrised }: DerivativeOptions): { name: string; entries: number }[] =>
  parametrised.flatMap(({ slots }) => slots.filter(({ role }) => role === "learnable").map(({ name, shape }) => ({ name, entries: sizeOf(shape) })));

/** Loss and outputs on the training set, as the problem evaluates them, with one entry of a part moved. */
const evaluator = ({ problem, setup, parametrised, parts }: DerivativeOptions) => {
  const program = trace((t) => {
    const tensors = new Map(parametrised.map(({ tensor, bind }) => [tensor.name, bind(t).effective]));
    const { loss } = problem.evaluate(t, tensors, "train");
    return { loss, outputs: problem.residual?.(t, tensors) ?? loss };
  });
  const session = createSession({ engine: "reference", programs: { it: program }, trials: 1 });
  for (const [name, content] of parts) session.view(name, 0).set(content);
  problem.fillTrial(session, 0, setup);
  session.invalidate();
  return (part: string, entry: number, step: number): { loss: number; outputs: number[] } => {
    const content = session.view(part, 0);
    const old = content[entry]!;
    content[entry] = old + step;
    session.run("it", 0);
    content[entry] = old;
    return { loss: session.view("it/loss", 0)[0]!, outputs: Array.from(session.view("it/outputs", 0)) };
  };
};

test.for([
  { says: "a linear recurrent network", study: linearRnn(4, 2, 1) },
  { says: "a teacher's student with a layer of low rank", study: teacher },
])("$says has the derivatives of finite differences at its start (studies.md 1c, A0)", ({ study }) => {
  const options = optionsOf(study);
  const derivatives = derivativesOf(options);
  const moved = evaluator(options);
  for (const { name, entries } of learnable(options)) {
    const jacobian = derivatives.jacobian([name], "allocation").get(name)!;
    for (let entry = 0; entry < entries; entry++) {
      const [above, below] = [moved(name, entry, 1e-5), moved(name, entry, -1e-5)];
      expect(derivatives.gradient(name)[entry]).toBeCloseTo((above.loss - below.loss) / 2e-5, 7);
      for (const [i, output] of above.outputs.entries()) expect(jacobian[entry]![i]).toBeCloseTo((output - below.outputs[i]!) / 2e-5, 7);
    }
  }
});

test.for<{ sizes: [number, number, number]; rank: number }>([
  { sizes: [4, 1, 1], rank: 8 },
  { sizes: [5, 2, 1], rank: 15 },
  { sizes: [5, 2, 2], rank: 20 },
  { sizes: [6, 1, 3], rank: 24 },
])("A0: of a linear recurrent network of $sizes neurons, inputs and outputs, the Jacobian in all weights has rank $rank", ({ sizes, rank }) => {
  const jacobian = derivativesOf(optionsOf(linearRnn(...sizes))).jacobian(["input", "recurrent", "output"], "allocation");
  const rows = [...jacobian.values()].flatMap((entries) => entries.map((entry) => Array.from(entry)));
  const { diagonal } = new SVD(new Matrix(rows), { autoTranspose: true });
  expect(diagonal.filter((value) => value > 1e-9).length).toBe(rank);
});

test("a classifier that knows nothing has in its last bias the gradient softmax less share of each class", () => {
  if (dataset.kind !== "classified") throw new Error("no images");
  const { labels, count } = dataset.train;
  const gradient = derivativesOf(optionsOf({ ...images, initialiser: { "*": { kind: "zeros" } } })).gradient("layer.1.bias");
  for (const [digit, slope] of Array.from(gradient).entries()) expect(slope).toBeCloseTo(0.1 - labels.filter((label) => label === digit).length / count, 6);
});
