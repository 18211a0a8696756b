import type { Session, Tensor, Tracer } from "@allot/tensor";
import type { Examples as Classified, ClassifiedDataset } from "../data/dataset.ts";
import { type TeacherExamples, teacherExamples } from "../data/feed-forward-teacher.ts";
import { type Matrix, matrix } from "../models/numbers.ts";
import type { FeedForward } from "../models/tensors.ts";
import type { TrialSetup } from "../run/run.ts";
import type { Part } from "./part.ts";

/** A part's examples in a program; `labels` [rows] for classes. */
export interface Examples {
  readonly inputs: Tensor;
  readonly targets: () => Tensor;
  readonly labels: (() => Tensor) | undefined;
  /** 1 where a target is known and 0 where not, as large as the targets; absent where all are. */
  readonly observed?: (() => Tensor) | undefined;
}

/** A part, or the training examples that a trial's start depends on. */
export type Portion = Part | "start";

/** Where examples come from: shared by all trials, as images are, or drawn for each trial. */
export interface ExampleSource {
  count(part: Portion): number;
  examples(t: Tracer, part: Portion): Examples;
  fillShared(session: Session, parts: readonly Portion[]): void;
  fillTrial(session: Session, trial: number, o: { setup: TrialSetup; parts: readonly Portion[] }): void;
  /** A trial's training inputs, all or those on which fixed weights are scaled. */
  inputsFor(setup: TrialSetup, portion: "train" | "start"): Matrix;
  /** The training inputs, float64, and the classes of a part; undefined where targets are no classes. */
  readonly classified: Classes | undefined;
}

/** Examples as numbers, the same for all trials. */
export interface Classes {
  inputs(): Matrix;
  labels(part: Part): ArrayLike<number>;
}

/** Fixed weights are scaled, and derivatives at the start taken, on at most this many training examples, and on no more than a model evaluates at once. */
export const startExamples = ({ rowsAtOnce = Number.POSITIVE_INFINITY }: Pick<FeedForward, "rowsAtOnce">): number => Math.min(1000, rowsAtOnce);

const names = (part: Portion) => ({ inputs: `${part}.inputs`, targets: `${part}.targets`, labels: `${part}.labels` });

const firstOf = ({ inputs, labels, count }: Classified, o: { most: number; width: number }): Classified => ({
  inputs: inputs.subarray(0, o.most * o.width),
  labels: labels.subarray(0, o.most),
  count: Math.min(count, o.most),
});

/** A byte's value, by the byte. */
const byteValues = (divisor: number): Float64Array => Float64Array.from({ length: 256 }, (_, byte) => byte / divisor);

const numbersOf = (inputs: Uint8Array | Float64Array, values: Float64Array): Float64Array =>
  inputs instanceof Float64Array ? inputs : new Float64Array(inputs).map((byte) => values[byte]!);

const fillInputs = (
  view: Session["view"] extends (...given: never[]) => infer V ? V : never,
  inputs: Uint8Array | Float64Array,
  values: Float64Array,
): void => {
  if (inputs instanceof Float64Array) view.set(inputs);
  else for (let at = 0; at < inputs.length; at++) view[at] = values[inputs[at]!]!;
};

/** Examples with their classes, as labels and as one-hot targets. */
export const classifiedSource = (dataset: ClassifiedDataset, o: { oneHot: boolean; model: FeedForward }): ExampleSource => {
  const { width, classes } = dataset;
  const portions = { ...dataset, start: firstOf(dataset.train, { most: startExamples(o.model), width }) };
  const values = byteValues(dataset.divisor);
  const numbers = new Map<Portion, Matrix>();
  const numbersIn = (part: Portion): Matrix => {
    const known = numbers.get(part) ?? matrix(numbersOf(portions[part].inputs, values), width);
    numbers.set(part, known);
    return known;
  };
  const fill = (session: Session, part: Portion): void => {
    const { inputs, labels } = portions[part];
    const slots = names(part);
    fillInputs(session.view(slots.inputs, 0), inputs, values);
    session.view(slots.labels, 0).set(labels);
    if (!o.oneHot) return;
    const targets = session.view(slots.targets, 0);
    for (const [row, label] of labels.entries()) targets[row * classes + label] = 1;
  };
  return {
    count: (part) => portions[part].count,
    examples: (t, part) => {
      const { count } = portions[part];
      const slots = names(part);
      return {
        inputs: t.shared(slots.inputs, [count, width]),
        labels: () => t.shared(slots.labels, [count], "index"),
        targets: () => t.shared(slots.targets, [count, classes]),
      };
    },
    fillShared: (session, parts) => {
      for (const part of parts) fill(session, part);
    },
    fillTrial: () => {},
    inputsFor: (_, portion) => numbersIn(portion),
    classified: { inputs: () => numbersIn("train"), labels: (part) => portions[part].labels },
  };
};

/** A feed-forward teacher's answers to Gaussian inputs, drawn anew for every trial and part. */
export const teacherSource = (model: FeedForward, split: Readonly<Record<Part, number>>): ExampleSource => {
  const counts = { ...split, start: Math.min(split.train, startExamples(model)) };
  const drawn = (setup: TrialSetup, part: Portion): TeacherExamples =>
    teacherExamples(model, setup, { part: part === "start" ? "train" : part, count: counts[part] });
  return {
    count: (part) => counts[part],
    examples: (t, part) => {
      const slots = names(part);
      return {
        inputs: t.constant(slots.inputs, [counts[part], model.inputs]),
        targets: () => t.constant(slots.targets, [counts[part], model.outputs]),
        labels: undefined,
      };
    },
    fillShared: () => {},
    fillTrial: (session, trial, { setup, parts }) => {
      for (const part of parts) {
        const { inputs, targets } = drawn(setup, part);
        session.view(names(part).inputs, trial).set(inputs.values);
        session.view(names(part).targets, trial).set(targets);
      }
    },
    inputsFor: (setup, portion) => drawn(setup, portion).inputs,
    classified: undefined,
  };
};
