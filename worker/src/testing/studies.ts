import { type Expansion, expand, studyOf } from "@allot/expansion";
import { checkSweep } from "@allot/spec";
import { resolved } from "../engine.ts";
import type { TrainTrial } from "../train.ts";

/** A sweep from its interesting parts. */
const expansionOf = (spec: { study: object; parameters: object[]; baseline: object; replicates?: number; metric?: string; execution?: object }): Expansion => {
  const checked = checkSweep({
    apiVersion: "allot.dev/v1alpha1",
    kind: "Sweep",
    metadata: { name: "test" },
    spec: {
      objective: { metric: spec.metric ?? "validation.loss", direction: "minimize" },
      trainer: { study: spec.study },
      parameters: spec.parameters,
      baseline: spec.baseline,
      replicates: { count: spec.replicates ?? 2 },
      execution: spec.execution ?? {},
    },
  });
  if ("issues" in checked) throw new Error(checked.issues.map(({ message }) => message).join("\n"));
  return expand(checked.sweep);
};

/** Sleeping trials: one arm a duration (s). */
export const sleeps = (seconds: readonly number[], replicates = 2, engine = "auto"): Expansion =>
  expansionOf({
    study: { data: { kind: "sleep" }, engine },
    parameters: [{ name: "data.seconds", values: seconds }],
    baseline: { "data.seconds": seconds[0] },
    replicates,
  });

/** Linear recurrent students that learn by gradient descent: one arm a learning rate. */
export const students = (
  learningRates: readonly number[],
  replicates = 2,
  { steps = 50, execution = {}, ...study }: { steps?: number; execution?: object; engine?: string; measureEvery?: number } = {},
): Expansion =>
  expansionOf({
    study: {
      data: { kind: "linearRnnTeacher", steps: 4 },
      model: { kind: "linearRnn", hidden: 4 },
      optimizer: { kind: "gd", steps, learningRate: 0.01 },
      ...study,
    },
    parameters: [{ name: "optimizer.learningRate", values: learningRates }],
    baseline: { "optimizer.learningRate": learningRates[0] },
    replicates,
    metric: "train.nmse",
    execution,
  });

/** A small network on images in IDX files. */
export const digits = (split: { train: number; validation: number; test: number }): Expansion =>
  expansionOf({
    study: {
      data: { kind: "mnist", split },
      model: { kind: "mlp", hidden: [4] },
      optimizer: { kind: "adam", learningRate: 0.01, epochs: 1, batch: 10 },
    },
    parameters: [{ name: "optimizer.learningRate", values: [0.01, 0.02] }],
    baseline: { "optimizer.learningRate": 0.01 },
  });

/** Every trial of a sweep, ready to train. */
export const trialsOf = (expansion: Expansion): TrainTrial[] =>
  Array.from({ length: expansion.trials }, (_, index) => {
    const trial = expansion.trialAt(index);
    return { index, study: resolved(studyOf(expansion, trial), {}), streams: trial.streams };
  });
