import type { Outcome } from "@allot/ledger";
import type { Counts, FailureGroup } from "./summary.ts";

const PENDING = 0;
const SUCCEEDED = 1;
const PRUNED = 2;
const FAILED = 3;
const LISTED = 10;

interface OpenGroup {
  failure: string;
  message: string;
  trials: number;
  arms: Set<number>;
  examples: number[];
}

/** Trials `firstTrial` … `firstTrial + trials − 1`. */
export interface Tallied {
  readonly firstTrial: number;
  readonly trials: number;
}

/**
 * Folds outcomes, in any order, into one typed array a metric (8 bytes a trial) and one of states: nothing is kept per outcome.
 * Only trials that succeeded have values; those of pruned and failed ones are censored and would bias a mean.
 */
export class Tally {
  readonly firstTrial: number;
  readonly trials: number;
  reused = 0;
  readonly engines = new Map<number, Set<string>>();
  readonly #states: Uint8Array;
  readonly #metrics = new Map<string, Float64Array>();
  readonly #measured = new Map<string, Float64Array>();
  readonly #failures = new Map<string, OpenGroup>();

  constructor({ firstTrial, trials }: Tallied) {
    this.firstTrial = firstTrial;
    this.trials = trials;
    this.#states = new Uint8Array(trials);
  }

  /** Throws RangeError for a trial outside the sweep or a second outcome of one trial: both mean a broken ledger. */
  add(outcome: Outcome): void {
    const row = outcome.trial - this.firstTrial;
    if (!(row >= 0 && row < this.trials)) throw new RangeError(`outcome of trial ${outcome.trial}, but the sweep has ${this.firstTrial + this.trials}`);
    if (this.#states[row] !== PENDING) throw new RangeError(`trial ${outcome.trial} has two outcomes`);
    if (outcome.reused !== undefined) this.reused++;
    const engines = this.engines.get(outcome.arm) ?? new Set();
    this.engines.set(outcome.arm, engines.add(outcome.engine));
    if (outcome.state === "Failed") {
      this.#states[row] = FAILED;
      this.#addFailure(outcome);
      return;
    }
    this.#states[row] = outcome.state === "Pruned" ? PRUNED : SUCCEEDED;
    if (outcome.state === "Pruned") return;
    this.#store(this.#metrics, row, outcome.metrics);
    this.#store(this.#measured, row, outcome.measured);
  }

  #store(columns: Map<string, Float64Array>, row: number, values: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(values)) {
      let column = columns.get(name);
      if (column === undefined) columns.set(name, (column = new Float64Array(this.trials).fill(Number.NaN)));
      column[row] = value;
    }
  }

  #addFailure(outcome: Outcome): void {
    const failure = outcome.failure ?? "internal";
    const message = outcome.message ?? "";
    const key = `${failure}\n${message.replace(/\d+(\.\d+)?(e[+-]?\d+)?/g, "#")}`;
    const group = this.#failures.get(key) ?? { failure, message, trials: 0, arms: new Set(), examples: [] };
    this.#failures.set(key, group);
    if (outcome.trial < (group.examples[0] ?? Number.POSITIVE_INFINITY)) group.message = message;
    group.trials++;
    group.arms.add(outcome.arm);
    group.examples.push(outcome.trial);
    group.examples.sort((a, b) => a - b);
    group.examples.length = Math.min(group.examples.length, LISTED);
  }

  /** NaN where the trial has not succeeded or has no such metric. */
  value(metric: string, trial: number): number {
    return this.#metrics.get(metric)?.[trial - this.firstTrial] ?? Number.NaN;
  }

  measuredValue(metric: string, trial: number): number {
    return this.#measured.get(metric)?.[trial - this.firstTrial] ?? Number.NaN;
  }

  get metrics(): string[] {
    return [...this.#metrics.keys()].sort();
  }

  get measured(): string[] {
    return [...this.#measured.keys()].sort();
  }

  /** Counts of the trials first … first + length - 1. */
  counts(first: number, length: number): Counts {
    const seen = [0, 0, 0, 0];
    const row = first - this.firstTrial;
    for (const state of this.#states.subarray(row, row + length)) seen[state]!++;
    return { pending: seen[PENDING]!, succeeded: seen[SUCCEEDED]!, pruned: seen[PRUNED]!, failed: seen[FAILED]! };
  }

  /** Most frequent first. */
  failures(): FailureGroup[] {
    const groups = [...this.#failures.values()].sort((a, b) => b.trials - a.trials || a.examples[0]! - b.examples[0]!);
    return groups.map((group) => ({ ...group, arms: [...group.arms].sort((a, b) => a - b).slice(0, LISTED) }));
  }
}
