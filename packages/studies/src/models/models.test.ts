import { createSession, type EngineName, type Program, trace } from "@allot/tensor";
import { expect, test } from "vitest";
import { markovParameters } from "../data/linear-rnn-teacher.ts";
import { crossEntropy } from "../objectives/cross-entropy.ts";
import { frozen } from "../parametrisation/frozen.ts";
import { full } from "../parametrisation/full.ts";
import { parametrised } from "../parametrisation/parametrised.ts";
import { rowScale } from "../parametrisation/scale.ts";
import { linearRnn } from "./linear-rnn.ts";
import { mlp } from "./mlp.ts";
import { matrix } from "./numbers.ts";

type Values = Record<string, readonly number[]>;

const runOnce = (engine: EngineName, program: Program, values: Values): Record<string, number[]> => {
  const session = createSession({ engine, programs: { it: program }, trials: 1 });
  for (const [slot, content] of Object.entries(values)) session.view(slot, 0).set(content);
  session.invalidate();
  session.run("it", 0);
  const outputs = Object.fromEntries(Object.keys(program.outputs).map((name) => [name, Array.from(session.view(`it/${name}`, 0))]));
  session.close();
  return outputs;
};

/** The largest difference; infinite where the lengths differ. */
const gap = (got: readonly number[] | undefined, want: readonly number[]): number =>
  got?.length === want.length ? Math.max(...want.map((value, i) => Math.abs(value - got[i]!))) : Infinity;

test.for([
  { engine: "reference", tolerance: 1e-10 },
  { engine: "wasm", tolerance: 1e-6 },
] as const)("V6: the half layer's values and gradients on $engine are those of studies.md", ({ engine, tolerance }) => {
  const model = mlp({ sizes: [2, 3, 2], activation: "relu", bias: true });
  const [weight, bias, head, headBias] = model.tensors;
  if (weight === undefined || bias === undefined || head === undefined || headBias === undefined) throw new Error("four tensors");
  const program = trace((t) => {
    const x = t.state("x", [1, 2]);
    const bound = [
      parametrised(weight, rowScale(weight)),
      parametrised(bias, full(bias)),
      parametrised(head, full(head)),
      parametrised(headBias, frozen(headBias)),
    ].map((p) => ({ name: p.tensor.name, ...p.bind(t) }));
    const tensors = new Map(bound.map(({ name, effective }) => [name, effective]));
    const { loss } = crossEntropy(t, model.forward(t, tensors, x), t.shared("labels", [1], "index"));
    const [scale, shift] = bound.flatMap(({ learnable }) => learnable.map(({ tensor }) => tensor));
    if (scale === undefined || shift === undefined) throw new Error("two learnable tensors");
    const [du, du0, dx] = t.gradients(loss, [scale, shift, x]);
    if (du === undefined || du0 === undefined || dx === undefined) throw new Error("three gradients");
    const a = t.matmul(x, t.constant("layer.0.weight:fixed", [3, 2]), { transposeB: true });
    const z = t.relu(t.add(tensors.get("layer.0.weight")?.times(x) ?? x, shift));
    return { a, z, loss, du, du0, dx };
  });
  const got = runOnce(engine, program, {
    x: [1, 2],
    labels: [1],
    "layer.0.weight:fixed": [1, -1, 0.5, 2, -1, 0.5],
    "layer.0.weight:scale": [1, 0.5, 2],
    "layer.0.bias": [0.1, -0.2, 0.3],
    "layer.1.weight": [1, -1, 0.5, 0, 1, 1],
    "layer.1.bias:fixed": [0, 0],
  });
  expect(gap(got["a"], [-1, 4.5, 0])).toBeLessThan(tolerance);
  expect(gap(got["z"], [0, 2.05, 0.3])).toBeLessThan(tolerance);
  expect(gap(got["loss"], [0.0141634569])).toBeLessThan(tolerance);
  expect(gap(got["du"], [0, -0.1265726434, 0])).toBeLessThan(tolerance);
  expect(gap(got["du0"], [0, -0.0281272541, -0.0070318135])).toBeLessThan(tolerance);
  expect(gap(got["dx"], [0.0070318135, -0.0351590676])).toBeLessThan(tolerance);
});

const v7 = { input: [1, 0], recurrent: [0.5, 0.2, -0.1, 0.3], output: [1, 2] };

test("V7: Markov parameters of a traced linear recurrent network are D Wᵏ B", () => {
  const model = linearRnn({ hidden: 2, inputs: 1, outputs: 1 });
  const program = trace((t) => ({
    markov: model.markov(t, new Map(model.tensors.map((tensor) => [tensor.name, parametrised(tensor, full(tensor)).bind(t).effective])), 4),
  }));
  expect(gap(runOnce("reference", program, v7)["markov"], [1, 0.3, 0.07, 0.005])).toBeLessThan(1e-12);
});

test("V7: so are a teacher's, computed without a program", () => {
  const matrices = { input: Float64Array.from(v7.input), recurrent: Float64Array.from(v7.recurrent), output: Float64Array.from(v7.output) };
  expect(gap(Array.from(markovParameters(matrices, { inputs: 1, steps: 4 })), [1, 0.3, 0.07, 0.005])).toBeLessThan(1e-12);
});

test("Markov parameters with several inputs and outputs are laid out as the traced ones", () => {
  const model = linearRnn({ hidden: 3, inputs: 2, outputs: 2 });
  const values = { input: [1, 2, 0, 1, -1, 0.5], recurrent: [0.1, 0.2, 0.3, -0.4, 0.5, 0.6, 0.7, -0.8, 0.9], output: [1, 0, 2, 0.5, -1, 1] };
  const program = trace((t) => ({
    markov: model.markov(t, new Map(model.tensors.map((tensor) => [tensor.name, parametrised(tensor, full(tensor)).bind(t).effective])), 3),
  }));
  const matrices = { input: Float64Array.from(values.input), recurrent: Float64Array.from(values.recurrent), output: Float64Array.from(values.output) };
  expect(gap(runOnce("reference", program, values)["markov"], Array.from(markovParameters(matrices, { inputs: 2, steps: 3 })))).toBeLessThan(1e-12);
});

test.for(["linear", "relu", "tanh", "sigmoid"] as const)("plain numbers go through a %s network as traced ones do", (activation) => {
  const model = mlp({ sizes: [3, 4, 2], activation, bias: true });
  const values = Object.fromEntries(
    model.tensors.map(({ name, shape }, k) => [name, Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => (((i * 5 + k * 3) % 7) - 3) / 4)]),
  );
  const x = [0.5, -1, 2, 0, 1, -0.25];
  const program = trace((t) => ({
    y: model.forward(t, new Map(model.tensors.map((tensor) => [tensor.name, parametrised(tensor, full(tensor)).bind(t).effective])), t.state("x", [2, 3])),
  }));
  const plain = model.forwardNumbers(
    new Map(Object.entries(values).map(([name, content]) => [name, Float64Array.from(content)])),
    matrix(Float64Array.from(x), 3),
  );
  expect(gap(runOnce("reference", program, { ...values, x })["y"], Array.from(plain.values))).toBeLessThan(1e-12);
});
