import type { Trial } from "@allot/expansion";
import type { FailureClass } from "@allot/ledger";

/** A trial with what a lane has to know of it before it is trained. */
export interface Work {
  /** The trial's index in the sweep. */
  readonly index: number;
  readonly trial: Trial;
  /** Content hash of what decides the result. */
  readonly identity: string;
  /** What will train it, by name. */
  readonly engine: string;
  /** Numbers of its study that followed from a budget, by `derived.<path>`: among the metrics of its outcome, however it ends. */
  readonly derived?: Readonly<Record<string, number>>;
}

/** How a trial ended. `metrics` are bit-reproducible, `measured` are not (time, memory). */
export interface Ending {
  readonly state: "Succeeded" | "Failed";
  readonly failure?: FailureClass;
  readonly message?: string;
  readonly metrics: Record<string, number>;
  readonly measured: Record<string, number>;
  /** What the trial's part of its pack's time is in proportion to: FLOPs of its updates, or seconds where no program is known. Default: 0. */
  readonly work?: number;
}

/** A trained model's tensors by name, row-major. */
export interface Weights {
  readonly dtype: "f32" | "f64";
  readonly tensors: Readonly<Record<string, { readonly shape: readonly number[]; readonly values: Float64Array }>>;
}

/** What training yields: measurements as they come, one ending per trial. */
export type TrainEvent =
  | { readonly kind: "measured"; readonly trial: number; readonly step: number; readonly values: Record<string, number> }
  | {
      readonly kind: "ended";
      readonly trial: number;
      readonly ending: Ending;
      /** Seconds since the last ending that were spent on measuring what a trial costs, and are no part of training. Default: 0. */
      readonly aside?: number;
      /** What was trained, where this trainer knows it; only until the next event is asked for. */
      readonly weights?: () => Weights;
    };

/** The trials of one pack, ready to train. */
export interface TrainerPack {
  /** In the order of the indexes. */
  readonly works: readonly Work[];
  /** File that decides the results → sha256. */
  readonly digests: Readonly<Record<string, string>>;
  /** What the trainer has found out about the machine, for the provenance; never changes a result's meaning. */
  host(): Readonly<Record<string, string>>;
  /** Trains some of `works`. @throws the signal's reason when it aborts. */
  train(works: readonly Work[], options: { signal: AbortSignal }): AsyncIterable<TrainEvent>;
}

/** What turns trials into results: the built-in studies, or a program. */
export interface Trainer {
  /** Makes trials `first` … `last` of one shape class ready. @throws DataMissing, DataError, TensorFlowMissing */
  prepare(range: { readonly first: number; readonly last: number }, options: { signal: AbortSignal }): Promise<TrainerPack>;
}
