import type { Session, Tensor, Tracer } from "@allot/tensor";
import type { ImageDataset, Examples as ImageExamples } from "../data/dataset.ts";
import { teacherExamples } from "../data/feed-forward-teacher.ts";
import { type Matrix, matrix } from "../models/numbers.ts";
import type { FeedForward } from "../models/tensors.ts";
import type { TrialSetup } from "../run/run.ts";
import type { Part } from "./problem.ts";

/** A part's examples in a program; `labels` [rows] for classes. */
export interface Examples {
  readonly inputs: Tensor;
  readonly targets: () => Tensor;
  readonly labels: (() => Tensor) | undefined;
}

/** Where examples come from: images shared by all trials, or a teacher's answers of each trial. */
export interface ExampleSource {
  count(part: Part): number;
  examples(t: Tracer, part: Part): Examples;
  fillShared(session: Session, parts: readonly Part[]): void;
  fillTrial(session: Session, trial: number, o: { setup: TrialSetup; parts: readonly Part[] }): void;
  /** Training inputs on which fixed weights are scaled. */
  inputsFor(setup: TrialSetup): Matrix;
}

/** Fixed weights are scaled on at most this many training examples. */
const scalingExamples = 1000;

const names = (part: Part) => ({ inputs: `${part}.inputs`, targets: `${part}.targets`, labels: `${part}.labels` });

/** A pixel's value by its byte. */
const grey = Float64Array.from({ length: 256 }, (_, byte) => byte / 255);

const fillImages = (session: Session, part: Part, o: { examples: ImageExamples; classes: number; oneHot: boolean }): void => {
  const { pixels, labels } = o.examples;
  const slots = names(part);
  const inputs = session.view(slots.inputs, 0);
  for (let at = 0; at < pixels.length; at++) inputs[at] = grey[pixels[at]!]!;
  session.view(slots.labels, 0).set(labels);
  if (!o.oneHot) return;
  const targets = session.view(slots.targets, 0);
  for (const [row, label] of labels.entries()) targets[row * o.classes + label] = 1;
};

/** Images with their classes, as labels and as one-hot targets. */
export const imageSource = (dataset: ImageDataset, o: { oneHot: boolean }): ExampleSource => {
  const { width, classes } = dataset;
  let scaling: Matrix | undefined;
  return {
    count: (part) => dataset[part].count,
    examples: (t, part) => {
      const { count } = dataset[part];
      const slots = names(part);
      return {
        inputs: t.shared(slots.inputs, [count, width]),
        labels: () => t.shared(slots.labels, [count], "index"),
        targets: () => t.shared(slots.targets, [count, classes]),
      };
    },
    fillShared: (session, parts) => {
      for (const part of parts) fillImages(session, part, { examples: dataset[part], classes, oneHot: o.oneHot });
    },
    fillTrial: () => {},
    inputsFor: () => {
      scaling ??= matrix(
        new Float64Array(dataset.train.pixels.subarray(0, scalingExamples * width)).map((byte) => grey[byte]!),
        width,
      );
      return scaling;
    },
  };
};

/** A feed-forward teacher's answers to Gaussian inputs, drawn anew for every trial and part. */
export const teacherSource = (model: FeedForward, split: Readonly<Record<Part, number>>): ExampleSource => ({
  count: (part) => split[part],
  examples: (t, part) => {
    const slots = names(part);
    return {
      inputs: t.constant(slots.inputs, [split[part], model.inputs]),
      targets: () => t.constant(slots.targets, [split[part], model.outputs]),
      labels: undefined,
    };
  },
  fillShared: () => {},
  fillTrial: (session, trial, { setup, parts }) => {
    for (const part of parts) {
      const { inputs, targets } = teacherExamples(model, setup, { part, count: split[part] });
      session.view(names(part).inputs, trial).set(inputs.values);
      session.view(names(part).targets, trial).set(targets);
    }
  },
  inputsFor: (setup) => teacherExamples(model, setup, { part: "train", count: Math.min(split.train, scalingExamples) }).inputs,
});
