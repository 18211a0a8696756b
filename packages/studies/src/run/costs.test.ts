import type { StudyInput } from "@allot/spec";
import { createSession, type EngineName } from "@allot/tensor";
import { expect, test } from "vitest";
import { compose } from "../compose.ts";
import type { Dataset } from "../data/dataset.ts";
import { loadData } from "../data/load.ts";
import { generatedImages, setupOf } from "../testing/studies.ts";
import { inferenceProgram } from "./inference.ts";
import { planOf } from "./plan.ts";

const images = (layer: NonNullable<StudyInput["allocation"]>[string], more: Partial<StudyInput> = {}): StudyInput => ({
  data: { kind: "mnist" },
  model: { kind: "mlp", hidden: [12] },
  allocation: { "layer.0": layer },
  optimizer: { kind: "adam", learningRate: 0.01, epochs: 2, batch: 20 },
  ...more,
});

const sequences = (allocation: NonNullable<StudyInput["allocation"]>): StudyInput => ({
  data: { kind: "linearRnnTeacher", steps: 5 },
  model: { kind: "linearRnn", hidden: 4, inputs: 2, outputs: 1 },
  allocation,
  optimizer: { kind: "gd", learningRate: 0.01, steps: 30 },
});

const dataset: Dataset = loadData(setupOf(images({ strategy: "full" })).study, generatedImages("t10k", 200));

const costsOf = (studies: readonly StudyInput[], engine: EngineName = "wasm"): Record<string, number>[] => {
  const run = compose({ trials: studies.map((study) => setupOf(study)), dataset, engine });
  try {
    return studies.map((_, trial) => run.costs(trial));
  } finally {
    run.close();
  }
};

const perExample = 2 * (784 * 12 + 12 * 10);

test("a network's answer takes two operations a weight, whichever of them were trained", () => {
  for (const strategy of ["full", "frozen", "rowScale"] as const) expect(costsOf([images({ strategy })])[0]!["inference.flops"]).toBe(perExample);
  expect(costsOf([images({ strategy: "spread", count: 9 })])[0]!["inference.flops"]).toBe(perExample);
});

test("between factors, an answer takes those of the factors", () => {
  expect(costsOf([images({ strategy: "mixRandom", rank: 2 })])[0]!["inference.flops"]).toBe(2 * (784 * 2 + 2 * 12 + 12 * 10));
});

test("a recurrent answer reads every input and recurs between them", () => {
  expect(costsOf([sequences({})])[0]!["inference.flops"]).toBe(2 * (5 * 2 * 4 + 4 * 4 * 4 + 4));
});

test("of tokens, a model answers at every position", () => {
  const study: StudyInput = {
    data: { kind: "parity", split: { train: 20, validation: 10, test: 0 } },
    model: { kind: "rnn", hidden: [4] },
    optimizer: { kind: "gd", learningRate: 0.01, steps: 3, batch: 5 },
  };
  const run = compose({ trials: [setupOf(study)], dataset: { kind: "generated" }, engine: "wasm" });
  const alone = run.inference(0, 256)!;
  expect(alone.answer().length % 256).toBe(0);
  expect(Array.from(alone.answer()).every(Number.isFinite)).toBe(true);
  expect(run.costs(0)["inference.flops"]).toBeGreaterThan(0);
  alone.close();
  run.close();
});

test("a training's operations are those of its updates", () => {
  const run = compose({ trials: [setupOf(images({ strategy: "full" }))], dataset, engine: "wasm" });
  expect(run.costs(0)["training.flops"]).toBe(run.facts(0).flopsPerStep * run.steps);
  expect(run.costs(0)["training.memory"]).toBe(run.bytes);
  run.close();
});

test("stored is what was trained and what was fixed, or a seed of 8 bytes for that", () => {
  const [half] = costsOf([images({ strategy: "rowScale", bias: true })]);
  expect(half).toMatchObject({ storedBytes: 4 * (784 * 12 + 12 + 12 + 130), "seeded.storedBytes": 4 * (12 + 12 + 130) + 8 });
  const [full] = costsOf([images({ strategy: "full" })]);
  expect(full!["seeded.storedBytes"]).toBe(full!["storedBytes"]);
});

test("costs do not depend on pack-mates, nor on what is known already", () => {
  const adam = { kind: "adam", learningRate: 0.01, epochs: 2, batch: 20 } as const;
  const studies = [
    images({ strategy: "full" }),
    images({ strategy: "full" }, { optimizer: { ...adam, weightDecay: 0.1 } }),
    images({ strategy: "full" }, { objective: { task: "crossEntropy", l2: 0.1 } }),
  ];
  expect(costsOf(studies)).toEqual(studies.flatMap((study) => costsOf([study])));
  expect(costsOf(studies.toReversed())).toEqual(costsOf(studies).toReversed());
});

test("on many examples a model takes more memory than on one, and never the data set's", () => {
  const [costs] = costsOf([images({ strategy: "full" })]);
  expect(costs!["inference.batch256.memory"]! - costs!["inference.memory"]!).toBeGreaterThan(255 * 784 * 4);
  expect(costs!["inference.memory"]).toBeLessThan(costs!["training.memory"]! - 200 * 784 * 4 * 0.5);
});

test.each(["full", "mixRandom", "spread"] as const)("alone in memory, a %s model answers as the one that was trained", (strategy) => {
  const rule = { full: { strategy }, mixRandom: { strategy, rank: 2 }, spread: { strategy, count: 50 } }[strategy] as { strategy: "full" };
  const setup = setupOf(images(rule));
  const run = compose({ trials: [setup], dataset, engine: "reference" });
  run.advance(0, 5);
  // The same answers from the effective tensors, each as one constant of a full layer.
  const whole = planOf([setupOf(images({ strategy: "full" }))], dataset);
  const session = createSession({ engine: "reference", programs: { inference: inferenceProgram(whole, 3) }, trials: 1 });
  for (const [name, tensor] of Object.entries(run.tensors(0))) session.view(name, 0).set(tensor.values);
  const x = session.view("inference.inputs", 0);
  for (let i = 0; i < x.length; i++) x[i] = (i % 17) / 17;
  session.run("inference", 0);
  const alone = run.inference(0, 3)!;
  const answers = alone.answer();
  for (const [i, want] of Array.from(session.view("inference/outputs", 0)).entries()) expect(answers[i]).toBeCloseTo(want, 9);
  alone.close();
  session.close();
  run.close();
});
