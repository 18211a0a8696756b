import type { StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { train } from "./testing/studies.ts";

/** Study 003's acceptance row A6 (studies.md 4c): features collapse by the same factor from layer to layer. */

const probes: StudyInput["probes"] = [
  { kind: "collapse" },
  ...["collapse.factor", "collapse.rSquared", "collapse.0", "collapse.1"].map(
    (metric) => ({ kind: "matched", metric, threshold: 1e-6, as: metric.replace("collapse", "at") }) as const,
  ),
];

const study = (more: Partial<StudyInput>): StudyInput => ({
  data: { kind: "orthogonalClasses", classes: 5, perClass: 10 },
  model: { kind: "deepLinear", depth: 8 },
  initialiser: { "*": { kind: "orthogonal", scale: 0.5 } },
  objective: { scale: 0.5 },
  optimizer: { kind: "gd", learningRate: 1, steps: 3000 },
  measureEvery: 50,
  probes,
  ...more,
});

test.for<{ says: string; study: StudyInput }>([
  { says: "eight linear layers from orthogonal weights", study: study({}) },
  { says: "eight linear layers from normal weights of the same norm", study: study({ initialiser: { "*": { kind: "normMatchedNormal", scale: 0.5 } } }) },
  {
    says: "four linear layers from smaller weights",
    study: study({
      model: { kind: "deepLinear", depth: 4 },
      initialiser: { "*": { kind: "orthogonal", scale: 0.25 } },
      optimizer: { kind: "gd", learningRate: 10, steps: 300 },
      measureEvery: 10,
    }),
  },
])("A6: log D falls linearly over $says, once the loss is 1e-6", ({ study: input }) => {
  for (const metrics of train(input, { replicates: 2, engine: "wasm" }).finals) {
    expect(metrics["at.rSquared"]).toBeGreaterThanOrEqual(0.99);
    expect(metrics["at.factor"]).toBeLessThan(0.5);
    expect(metrics["at.0"]).toBeCloseTo(11.25, 4); // (1 − 1/n)/(1/n − 1/N) of orthonormal inputs
  }
});

test("A6: so it does with ReLU", () => {
  const relu = study({
    model: { kind: "mlp", hidden: Array.from({ length: 7 }, () => 50), activation: "relu", bias: false },
    optimizer: { kind: "gd", learningRate: 1, steps: 9000 },
    measureEvery: 250,
  });
  const [metrics] = train(relu, { replicates: 1, engine: "wasm" }).finals;
  expect(metrics!["at.rSquared"]).toBeGreaterThanOrEqual(0.99);
  expect(metrics!["at.factor"]).toBeLessThan(0.5);
});
