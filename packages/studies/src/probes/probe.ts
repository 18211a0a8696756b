import type { Tensor, Tracer } from "@allot/tensor";
import type { EffectiveTensors } from "../models/tensors.ts";
import type { Metrics } from "../run/metrics.ts";
import type { TensorValue, TrialSetup } from "../run/run.ts";

/** What was measured after `step` updates. */
export interface Measured {
  readonly step: number;
  readonly metrics: Readonly<Metrics>;
}

/** What a probe sees of one trial. */
export interface View {
  readonly setup: TrialSetup;
  /** Updates made. */
  readonly step: number;
  /** An effective tensor at the present step. */
  readonly tensor: (name: string) => TensorValue;
  /** The same before training. */
  readonly initial: (name: string) => TensorValue;
  /** An output of the probe's own program at the present tensors, row-major. */
  readonly output: (name: string) => ArrayLike<number>;
  /** All measurements up to now, in order. */
  readonly measured: readonly Measured[];
}

/** A trial before training, as functions of what is trained. */
export interface StartView {
  /** Positions of the trained scalars in each trained part, by its name. */
  readonly trained: ReadonlyMap<string, Int32Array>;
  /** What a part holds. */
  content(part: string): ArrayLike<number>;
  /** ∂outputs/∂scalar of every trained scalar, one column each. Throws StudyError where that is too much. */
  columns(): Float64Array[];
  /** The same of every entry of every tensor of the model, whatever of it is trained. */
  allColumns(): Float64Array[];
  /** Uses the outputs as a function of the trained parts; they are one array, written anew each time. */
  withOutputs<T>(use: (outputs: (contents: ReadonlyMap<string, ArrayLike<number>>) => ArrayLike<number>) => T): T;
}

/** A measurement that never changes a result. */
export interface Probe {
  /** On every measurement, or after the last. */
  readonly when?: "measured" | "end";
  /** Whether it asks for `initial`. */
  readonly comparesStart?: boolean;
  /** A program of its own at a trial's tensors; its outputs have any shape. */
  readonly trace?: (t: Tracer, tensors: EffectiveTensors) => Record<string, Tensor>;
  /** Its metrics by their whole names; one that has no value here is left out. */
  readonly measure?: (view: View) => Metrics;
  /** Metrics of the start, reported after the last measurement. */
  readonly atStart?: (start: StartView) => Metrics;
}
