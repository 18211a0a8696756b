import { createSession, type EngineName, type Program, type Session, trace } from "@allot/tensor";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { singularValues } from "./matrices/singular-values.ts";
import { mlp } from "./models/mlp.ts";
import { meanSquaredError } from "./objectives/mean-squared-error.ts";
import { full } from "./parametrisation/full.ts";
import { parametrised } from "./parametrisation/parametrised.ts";

/** Test vectors V5 and V5c of studies.md: W₁ = ½ R_z(0.3), W₂ = ½ R_x(0.3), Φ = [1, 2, 0]ᵀ [0, 1, 1], the sum of squares halved. */

const [c, s] = [Math.cos(0.3), Math.sin(0.3)];
const weights: Readonly<Record<string, readonly number[]>> = {
  "layer.0.weight": [c, -s, 0, s, c, 0, 0, 0, 1].map((entry) => entry / 2),
  "layer.1.weight": [1, 0, 0, 0, c, -s, 0, s, c].map((entry) => entry / 2),
};

const descent = (): Program =>
  trace((t) => {
    const model = mlp({ sizes: [3, 3, 3], activation: "linear", bias: false });
    const bound = model.tensors.map((tensor) => ({ name: tensor.name, ...parametrised(tensor, full(tensor)).bind(t) }));
    const outputs = model.forward(t, new Map(bound.map(({ name, effective }) => [name, effective])), t.constant("units", [3, 3]));
    const { loss } = meanSquaredError(t, { outputs, targets: t.constant("targets", [3, 3]) }, { reduction: "sum", scale: 0.5 });
    const states = bound.flatMap(({ learnable }) => learnable);
    const gradients = t.gradients(
      loss,
      states.map(({ tensor }) => tensor),
    );
    for (const [i, { tensor }] of states.entries()) t.sgd(tensor, gradients[i]!, t.scalars("rate", 2));
    return { loss, ...Object.fromEntries(states.map(({ name }, i) => [name, gradients[i]!])) };
  });

const open = (engine: EngineName): Session => {
  const session = createSession({ engine, programs: { step: descent() }, trials: 1 });
  for (const [name, content] of Object.entries(weights)) session.view(name, 0).set(content);
  session.view("units", 0).set([1, 0, 0, 0, 1, 0, 0, 0, 1]);
  session.view("targets", 0).set([0, 0, 0, 1, 2, 0, 1, 2, 0]); // Φᵀ
  session.invalidate();
  return session;
};

/** The largest difference. */
const gap = (got: ArrayLike<number>, want: readonly number[]): number => Math.max(...want.map((value, i) => Math.abs(value - got[i]!)));

test.for([
  { engine: "reference", tolerance: 1e-9 },
  { engine: "wasm", tolerance: 1e-5 },
] as const)("V5: loss and gradients of the two-layer net on $engine, V5c: 50 steps of gradient descent", ({ engine, tolerance }) => {
  const session = open(engine);
  session.run("step", 0);
  expect(gap(session.view("step/loss", 0), [4.859056251268585])).toBeLessThan(tolerance);
  const first = [0.1194170611, -0.5369400258, -0.5, 0.0369400258, -0.835919428, -0.9553364891, 0, 0.2955202067, 0.4205202067];
  const second = [0.2727601033, -0.4776682446, -0.5, 0.2955202067, -0.835919428, -1.0369400258, 0, 0.0369400258, 0.1194170611];
  expect(gap(session.view("step/layer.0.weight", 0), first)).toBeLessThan(tolerance);
  expect(gap(session.view("step/layer.1.weight", 0), second)).toBeLessThan(tolerance);

  session.view("rate", 0)[0] = 0.05;
  for (let step = 0; step < 50; step++) session.run("step", 0);
  session.view("rate", 0)[0] = 0;
  session.run("step", 0);
  expect(gap(session.view("step/loss", 0), [0.010031498566678])).toBeLessThan(tolerance);
  for (const name of Object.keys(weights)) {
    const values = singularValues(Matrix.from1DArray(3, 3, Array.from(session.view(name, 0))));
    expect(gap(values, [1.778377296, 0.3321951585, 0.2979612068])).toBeLessThan(tolerance);
    expect(Math.min(...values.map((value) => Math.abs(value - 0.332195158502295)))).toBeLessThan(tolerance); // ρ₅₀
  }
  session.close();
});
