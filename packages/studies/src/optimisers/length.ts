import type { Optimizer, Study } from "@allot/spec";
import { StudyError } from "../errors.ts";
import type { Batches } from "../problems/problem.ts";

export type Iterative = Extract<Optimizer, { learningRate: number }>;

/** How long a training is and how it visits its examples. */
export interface Length {
  readonly steps: number;
  /** Undefined where every update sees all examples. */
  readonly batches: Batches | undefined;
  /** Steps after which to measure; the last is `steps`. */
  readonly measureAt: readonly number[];
}

export const isIterative = (optimizer: Optimizer): optimizer is Iterative => "learningRate" in optimizer;

/** `study.optimizer`; throws StudyError where it is missing. */
export const optimizerOf = (study: Study): Optimizer => {
  if (study.optimizer === undefined) throw new StudyError("optimizer", "is missing: name one, or { kind: none }");
  return study.optimizer;
};

/** Figures of a run without an explicit `measureEvery`. */
const measurements = 20;

const batchesOf = (optimizer: Iterative, examples: number | undefined): Batches | undefined => {
  const { batch } = optimizer;
  if (batch === "full") return undefined;
  if (examples === undefined) throw new StudyError("optimizer.batch", `is ${batch} and the data has no examples: leave it out`);
  if (batch > examples) throw new StudyError("optimizer.batch", `${batch} is more than the ${examples} training examples: lower it, or full`);
  return { examples, batch, perEpoch: Math.floor(examples / batch) };
};

const multiples = (every: number, steps: number): number[] => {
  const at = Array.from({ length: Math.floor(steps / every) }, (_, i) => (i + 1) * every);
  return at.at(-1) === steps ? at : [...at, steps];
};

/** `count` steps as evenly as whole numbers allow, fewer where there are fewer. */
const evenly = (count: number, steps: number): number[] => [...new Set(Array.from({ length: count }, (_, i) => Math.ceil(((i + 1) * steps) / count)))];

/** The steps asked for that there are, in order, and the last. */
const asked = (at: readonly number[], steps: number): number[] => {
  const beyond = at.find((step) => step > steps);
  if (beyond !== undefined) throw new StudyError("measureAt", `${beyond} is more than the ${steps} updates of this training: leave it out`);
  return [...new Set([...at, steps])].sort((a, b) => a - b);
};

const measuringPoints = (study: Study, o: { steps: number; perEpoch: number; epochs: number | undefined }): number[] => {
  if (study.measureAt !== undefined) return asked(study.measureAt, o.steps);
  if (study.measureEvery !== undefined) return multiples(study.measureEvery, o.steps);
  return o.epochs === undefined || o.perEpoch === 1 ? evenly(measurements, o.steps) : multiples(o.perEpoch, o.steps);
};

/**
 * Updates, batches and measuring points. An epoch has ⌊examples / batch⌋
 * updates. `examples` is undefined where the loss is exact over all inputs.
 * Throws StudyError where length or batch do not fit.
 */
export const lengthOf = (study: Study, examples: number | undefined): Length => {
  const optimizer = optimizerOf(study);
  if (!isIterative(optimizer)) {
    const steps = optimizer.kind === "none" ? 0 : 1;
    return { steps, batches: undefined, measureAt: study.measureAt === undefined ? [steps] : asked(study.measureAt, steps) };
  }
  const batches = batchesOf(optimizer, examples);
  const perEpoch = batches?.perEpoch ?? 1;
  const steps = optimizer.steps ?? (optimizer.epochs ?? 0) * perEpoch;
  return { steps, batches, measureAt: measuringPoints(study, { steps, perEpoch, epochs: optimizer.epochs }) };
};
