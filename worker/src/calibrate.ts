import type { Clock } from "@allot/runtime";
import { compose, type Dataset, type TrialSetup } from "@allot/studies";
import type { Engine } from "@allot/tensor";
import type { Room } from "./capacity.ts";
import { isOutOfMemory } from "./failure.ts";
import { Pace } from "./pace.ts";

/** What was measured at one K. */
export interface Tried {
  readonly atOnce: number;
  /** Updates a second, of all trials together. */
  readonly rate: number;
  /** Updates of a whole training. */
  readonly steps: number;
  /** How long (ms) it took to find out. */
  readonly milliseconds: number;
}

export interface CalibrateOptions {
  /** Trials of one shape class. */
  readonly trials: readonly TrialSetup[];
  readonly dataset: Dataset | undefined;
  readonly engine: Engine;
  /** Largest K to try. */
  readonly limit: number;
  /** K where it can't be found out. */
  readonly otherwise: number;
  /** Lowered where memory runs out. */
  readonly room: Room;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** Each K is so many times the one before. */
const growth = 4;
/** Speeds that differ by less are taken for the same. */
const tolerance = 0.05;
/** What finding out may take: a share of the pack's training, and so long (ms). */
const mostShare = 0.02;
const mostMilliseconds = 2000;

/**
 * K for an engine that computes operation by operation: the smallest with which trials train as fast as with any, by a few updates of 1, 4, 16, … at once.
 * On an engine that goes trial by trial there is nothing to find out: an update takes as long whatever else is held.
 * @param tried what is known of the shape class, by increasing K; grows by what is found out.
 * @throws the signal's reason when it aborts.
 */
export const calibrate = async (tried: Tried[], o: CalibrateOptions): Promise<number> => {
  if (o.limit <= growth) return o.otherwise;
  const began = o.clock.monotonic();
  for (const atOnce of upTo(o.limit)) {
    const known = tried.at(-1)?.atOnce ?? 0;
    if (atOnce <= known) continue;
    if (known > 0 && o.clock.monotonic() - began + expected(tried, atOnce) > allowed(tried, o.trials.length)) return o.otherwise;
    try {
      const found = await attempt(atOnce, o);
      if (found === undefined) return o.otherwise;
      tried.push(found);
    } catch (error) {
      o.signal.throwIfAborted();
      // Whatever else is wrong with the trial is said when it is trained.
      if (!isOutOfMemory(error)) return o.otherwise;
      o.room.most = Math.max(1, known);
      break;
    }
  }
  const within = tried.filter(({ atOnce }) => atOnce <= o.limit);
  return within.find(({ rate }) => rate >= (1 - tolerance) * fastest(within))?.atOnce ?? o.otherwise;
};

const upTo = (limit: number): number[] => {
  const some: number[] = [];
  for (let atOnce = 1; atOnce < limit; atOnce *= growth) some.push(atOnce);
  return [...some, limit];
};

const fastest = (tried: readonly Tried[]): number => Math.max(...tried.map(({ rate }) => rate));

/** How long (ms) the next K will take, from how it grew with the last two. */
const expected = (tried: readonly Tried[], atOnce: number): number => {
  const last = tried.at(-1)!;
  const before = tried.at(-2);
  if (before === undefined) return last.milliseconds;
  const each = (last.milliseconds - before.milliseconds) / (last.atOnce - before.atOnce);
  return last.milliseconds + Math.max(0, each) * (atOnce - last.atOnce);
};

const allowed = (tried: readonly Tried[], trials: number): number => Math.min(mostMilliseconds, (mostShare * 1000 * trials * tried[0]!.steps) / fastest(tried));

/** The first update computes what is computed once; of the others the fastest counts, as least disturbed. */
const updates = 6;

/** Times copies of one trial: they cost what any of its shape class do. @returns undefined where they don't move together, or diverge. */
const attempt = async (atOnce: number, { trials, dataset, engine, clock, signal }: CalibrateOptions): Promise<Tried | undefined> => {
  const pace = new Pace(clock, signal);
  const began = clock.monotonic();
  const run = compose({ trials: Array.from({ length: atOnce }, () => trials[0]!), dataset, engine });
  try {
    if (!run.lockstep || run.steps < 2) return undefined;
    let shortest = Number.POSITIVE_INFINITY;
    for (let step = 1; step <= Math.min(updates, run.steps); step++) {
      const from = clock.monotonic();
      if (run.advanceAll(step) < atOnce) return undefined;
      if (step > 1) shortest = Math.min(shortest, clock.monotonic() - from);
      await pace.rest();
    }
    return { atOnce, rate: (1000 * atOnce) / shortest, steps: run.steps, milliseconds: clock.monotonic() - began };
  } finally {
    run.close();
  }
};
