import type { Session, Tensor, Tracer } from "@allot/tensor";
import type { Matrix } from "../models/numbers.ts";
import type { EffectiveTensors, FeedForward, Layer, ModelFunction } from "../models/tensors.ts";
import type { TrialSetup } from "../run/run.ts";
import type { Classes, Examples } from "./examples.ts";
import type { Part } from "./part.ts";

/** A loss and other scalars of one part or batch. */
export type Scalars = Readonly<Record<string, Tensor>> & { readonly loss: Tensor };

/** What derivatives at a trial's start are taken of, in a session of its own. */
export interface AtStart {
  /** The loss and all that the model puts out, on the training set or its first examples. */
  trace(t: Tracer, tensors: EffectiveTensors): { readonly loss: Tensor; readonly outputs: Tensor };
  /** Writes what it reads, for the session's only trial. */
  fill(session: Session, setup: TrialSetup): void;
}

/** How a training set is visited: what is left of an epoch's permutation after its last whole batch is left out. */
export interface Batches {
  readonly examples: number;
  readonly batch: number;
  /** Whole batches in an epoch. */
  readonly perEpoch: number;
}

/** A feed-forward model and the examples of each part. */
export interface Exampled {
  readonly model: FeedForward;
  readonly count: (part: Part) => number;
  readonly of: (t: Tracer, part: Part) => Examples;
  /** A trial's training inputs [rows, inputs]. */
  readonly inputs: (setup: TrialSetup) => Matrix;
  /** Inputs and classes as numbers; undefined where targets are no classes. */
  readonly classified: Classes | undefined;
}

/** A model on its data under its objective: everything a program needs but what is trained and how. */
export interface Problem {
  readonly model: ModelFunction;
  /** Parts evaluated at every measurement. */
  readonly measured: readonly Part[];
  /** Parts evaluated only at the end. */
  readonly last: readonly Part[];
  /** One update's loss; every layer of a model of examples is shown as it is computed on them. */
  step(t: Tracer, tensors: EffectiveTensors, show?: (layer: Layer) => void): Scalars;
  evaluate(t: Tracer, tensors: EffectiveTensors, part: Part): Scalars;
  /** Metrics from a program's scalars (or their mean over batches), both without the part's name. */
  metrics(part: Part | "batch", scalars: Readonly<Record<string, number>>): Record<string, number>;
  /** Outputs minus targets, where the loss is a sum of their squares. */
  residual: ((t: Tracer, tensors: EffectiveTensors) => Tensor) | undefined;
  readonly atStart: AtStart;
  /** The model's outputs for so many examples, which are read from `inferenceInputs`, and nothing else. */
  predict(t: Tracer, tensors: EffectiveTensors, rows: number): Tensor;
  /** What a model of examples is evaluated on, for probes and guides; undefined for data without examples. */
  readonly examples: Exampled | undefined;
  /** Writes shared data; once a session. */
  fillShared(session: Session): void;
  /** Writes a trial's own data. */
  fillTrial(session: Session, trial: number, setup: TrialSetup): void;
  /** Training inputs [rows, inputs] on which fixed weights are scaled; undefined where there are none. */
  inputsFor(setup: TrialSetup): Matrix | undefined;
}

/** The stream slot of the examples' order. */
export const orderStream = "order";

/** The slot of the examples that a trained model answers; what a run may change. */
export const inferenceInputs = "inference.inputs";
