import type { FailureClass } from "@allot/ledger";
import type { Clock } from "@allot/runtime";
import type { Study } from "@allot/spec";
import { checkStudy, compose, type Dataset, Diverged, type Run, StudyError, type TrialSetup } from "@allot/studies";
import type { EngineName } from "@allot/tensor";
import type { Ending, TrainEvent } from "./trainer.ts";

/** One trial to train. */
export interface TrainTrial extends TrialSetup {
  /** The trial's index in the sweep. */
  readonly index: number;
}

export interface TrainOptions {
  /** Trials of one shape class. */
  readonly trials: readonly TrainTrial[];
  readonly dataset: Dataset | undefined;
  readonly engine: EngineName;
  /** Most trials the engine holds at once; smaller ones follow where memory runs out. */
  readonly atOnce: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** The event loop gets its turn at least this often (ms), so that heartbeats pass while a trial trains. */
const breath = 100;

/**
 * Trains trials and yields what they measure; does no I/O. A trial that fails never touches its pack-mates: each ends in
 * exactly one `ended` event.
 * @throws the signal's reason when it aborts.
 */
export async function* train(options: TrainOptions): AsyncGenerator<TrainEvent, void, void> {
  const valid: TrainTrial[] = [];
  for (const trial of options.trials) {
    const invalid = studyFault(trial.study);
    if (invalid === undefined) valid.push(trial);
    else yield { kind: "ended", trial: trial.index, ending: failed(invalid) };
  }
  const pace = new Pace(options.clock, options.signal);
  for (let first = 0; first < valid.length; first += options.atOnce) {
    yield* trainGroup(valid.slice(first, first + options.atOnce), options, pace);
  }
}

const studyFault = (study: Study): unknown => {
  try {
    checkStudy(study);
    return undefined;
  } catch (error) {
    return error;
  }
};

async function* trainGroup(group: readonly TrainTrial[], options: TrainOptions, pace: Pace): AsyncGenerator<TrainEvent, void, void> {
  const began = options.clock.monotonic();
  let run: Run;
  try {
    run = compose({ trials: [...group], dataset: options.dataset, engine: options.engine });
  } catch (error) {
    yield* shrink(group, options, { pace, error });
    return;
  }
  try {
    const composing = (options.clock.monotonic() - began) / 1000 / group.length;
    for (const [slot, trial] of group.entries()) {
      await pace.rest();
      yield* trainOne({ run, slot, trial, composing, atOnce: group.length }, options, pace);
    }
  } finally {
    run.close();
  }
}

/** A group that can't be composed is halved until the culprit stands alone: too much memory, or one invalid trial. */
async function* shrink(
  group: readonly TrainTrial[],
  options: TrainOptions,
  { pace, error }: { pace: Pace; error: unknown },
): AsyncGenerator<TrainEvent, void, void> {
  await pace.rest();
  const [only] = group;
  if (group.length === 1 && only) {
    yield { kind: "ended", trial: only.index, ending: failed(error) };
    return;
  }
  const half = Math.ceil(group.length / 2);
  yield* trainGroup(group.slice(0, half), options, pace);
  yield* trainGroup(group.slice(half), options, pace);
}

interface Slot {
  readonly run: Run;
  readonly slot: number;
  readonly trial: TrainTrial;
  /** This trial's share (s) of composing the group. */
  readonly composing: number;
  readonly atOnce: number;
}

async function* trainOne({ run, slot, trial, composing, atOnce }: Slot, options: TrainOptions, pace: Pace): AsyncGenerator<TrainEvent, void, void> {
  const { clock, signal } = options;
  const watch = new Stopwatch(clock);
  const measured = (): Record<string, number> => ({
    "train.seconds": watch.seconds,
    "compose.seconds": composing,
    "trials.atOnce": atOnce,
    "memory.bytes": run.bytes / atOnce,
    "train.stepsPerSecond": watch.seconds > 0 ? run.steps / watch.seconds : 0,
    "train.flopsPerStep": run.facts(slot).flopsPerStep,
  });
  try {
    const { sleepSeconds } = run.facts(slot);
    if (sleepSeconds !== undefined && sleepSeconds > 0) await watch.timeAsync(async () => clock.sleep(sleepSeconds * 1000, { signal }));
    let step = 0;
    for (const target of run.measureAt) {
      while (step < target) {
        const next = Math.min(target, step + pace.steps);
        const milliseconds = watch.time(() => run.advance(slot, next));
        pace.learn(next - step, milliseconds);
        step = next;
        await pace.rest();
      }
      yield { kind: "measured", trial: trial.index, step, values: run.measure(slot) };
      await pace.rest();
    }
    const ending: Ending = { state: "Succeeded", metrics: run.finish(slot), measured: measured() };
    yield { kind: "ended", trial: trial.index, ending, weights: () => ({ dtype: trial.study.dtype, tensors: run.tensors(slot) }) };
  } catch (error) {
    if (signal.aborted) throw error;
    yield { kind: "ended", trial: trial.index, ending: { ...failed(error), measured: measured() } };
  }
}

/** Sums the time (s) that a trial's own work takes. */
class Stopwatch {
  readonly #clock: Clock;
  seconds = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns milliseconds this piece of work took. */
  time(work: () => void): number {
    const began = this.#clock.monotonic();
    try {
      work();
    } finally {
      this.seconds += (this.#clock.monotonic() - began) / 1000;
    }
    return this.#clock.monotonic() - began;
  }

  async timeAsync(work: () => Promise<void>): Promise<void> {
    const began = this.#clock.monotonic();
    await work();
    this.seconds += (this.#clock.monotonic() - began) / 1000;
  }
}

/** How many steps fit between two breaths, learned from how long the last ones took. */
class Pace {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #lastRest: number;
  steps = 1;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#lastRest = clock.monotonic();
  }

  /** Grows with caution: the next slice is at most eight times the last. */
  learn(steps: number, milliseconds: number): void {
    const fitting = Math.floor((steps * breath) / 2 / Math.max(milliseconds, 1e-3));
    this.steps = Math.max(1, Math.min(fitting, 8 * steps));
  }

  async rest(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#clock.monotonic() - this.#lastRest < breath) return;
    await this.#clock.sleep(0, { signal: this.#signal });
    this.#lastRest = this.#clock.monotonic();
  }
}

const classify = (error: unknown): FailureClass => {
  if (error instanceof Diverged) return "diverged";
  if (error instanceof StudyError) return "invalidConfig";
  return isOutOfMemory(error) ? "outOfMemory" : "internal";
};

const isOutOfMemory = (error: unknown): boolean => error instanceof RangeError && /memory|alloc|array buffer|array length/i.test(error.message);

const failed = (error: unknown): Ending => ({
  state: "Failed",
  failure: classify(error),
  message: error instanceof Error ? error.message : String(error),
  metrics: {},
  measured: {},
});
