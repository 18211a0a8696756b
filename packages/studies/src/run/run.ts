import type { Stream, Study } from "@allot/spec";
import type { Engine, Key } from "@allot/tensor";
import type { Dataset } from "../data/dataset.ts";

/** One trial to train: its study after assignment and its replicate's random streams. */
export interface TrialSetup {
  readonly study: Study;
  readonly streams: Readonly<Record<Stream, Key>>;
}

/** Costs of one shape class on one engine, by what else decides a program of its own; grows, so that each is found out once. */
export type KnownCosts = Map<string, Record<string, number>>;

/** A trained model by itself, on examples that are there already. */
export interface Inference {
  /** Outputs [rows, outputs], row-major, in memory that the next answer is written to. */
  answer(): ArrayLike<number>;
  close(): void;
}

/** What `compose` needs; all trials are of one shape class. */
export interface ComposeOptions {
  readonly trials: readonly TrialSetup[];
  /** From `loadData`; undefined where the data set is generated. */
  readonly dataset: Dataset | undefined;
  readonly engine: Engine;
  /** What is known of the costs of this shape class, on this engine; grows. */
  readonly knownCosts?: KnownCosts;
}

/** Counts that do not change while a trial trains. */
export interface Facts {
  /** Scalars that receive gradient. */
  readonly learnableParameters: number;
  /** Learnable scalars plus stored fixed ones. */
  readonly totalParameters: number;
  /** Floating point operations of one update, hoisted work excluded. */
  readonly flopsPerStep: number;
  /** Only for the no-op trial: how long the lane has to wait, in seconds. */
  readonly sleepSeconds?: number;
}

/** A named tensor's present value, row-major. */
export interface TensorValue {
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

/** Some trials of one shape class held by one session; methods that name a trial work on it alone, in any order. */
export interface Run {
  readonly trials: number;
  /** Updates of a whole training. */
  readonly steps: number;
  /** Steps after which to call `measure`, increasing; the last is `steps`. */
  readonly measureAt: readonly number[];
  /** Memory of the session. */
  readonly bytes: number;
  /** Whether the trials move together, by `advanceAll`: `advance` is then for a run of one trial. */
  readonly lockstep: boolean;
  facts(trial: number): Facts;
  /** Trains up to and including update `toStep`. Throws `Diverged`. */
  advance(trial: number, toStep: number): void;
  /**
   * Trains all trials up to and including update `toStep`. Who diverges throws `Diverged` when it is measured, and holds up nobody.
   * @returns how many have not.
   */
  advanceAll(toStep: number): number;
  /** Metrics at the present step, all finite: throws `Diverged` else. Training metrics of minibatches are means over the steps since the last call. */
  measure(trial: number): Record<string, number>;
  /** Final metrics, the only ones that see the test set. Throws `Diverged`. */
  finish(trial: number): Record<string, number>;
  /** What a trial costs, whenever it is trained, on whatever machine: FLOPs, planned memory and stored size (bytes), by the names of metrics. */
  costs(trial: number): Record<string, number>;
  /** A trial's model as it is now, alone in memory, on so many examples at a time; undefined where there is no model. */
  inference(trial: number, rows: number): Inference | undefined;
  /** Effective tensors at the present step. */
  tensors(trial: number): Record<string, TensorValue>;
  close(): void;
}
