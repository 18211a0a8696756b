import type { Clock } from "@allot/runtime";
import { type Inference, inferenceBatches, type Run } from "@allot/studies";
import { isOutOfMemory } from "./failure.ts";
import type { Pace } from "./pace.ts";

/** A model is timed, for each batch size, for this share of what its group was trained, and within these bounds (ms). */
const share = 0.01;
const shortest = 1;
const longest = 50;
/** Samples, whatever they take, and no more than these. */
const fewest = 5;
const most = 100;
/** A sample (ms) is so long that starting and stopping the clock is little of it: of a small model it is the mean of several runs. */
const sampleMilliseconds = 0.02;
const mostRuns = 100;

export interface MeasureInferenceOptions {
  readonly run: Run;
  readonly slot: number;
  /** How long (s) all trials of the run train together. */
  readonly trained: number;
  readonly clock: Clock;
  readonly pace: Pace;
}

/**
 * Seconds that a trained model takes for one example and for 256, median and 95th percentile, while nothing else is done by this lane. What
 * values the weights have does not matter, so once in a shape class is enough. Empty where there is no model, or no memory for it.
 * @throws the signal's reason when it aborts.
 */
export const measureInference = async (o: MeasureInferenceOptions): Promise<Record<string, number>> => {
  try {
    const alone = await timed(inferenceBatches.alone, o);
    const many = alone && (await timed(inferenceBatches.many, o));
    if (!alone || !many) return {};
    return {
      "inference.seconds": alone.median,
      "inference.p95.seconds": alone.p95,
      "inference.batch256.seconds": many.median,
      "inference.batch256.p95.seconds": many.p95,
    };
  } catch (error) {
    if (isOutOfMemory(error)) return {};
    throw error;
  }
};

interface Times {
  readonly median: number;
  readonly p95: number;
}

const timed = async (rows: number, o: MeasureInferenceOptions): Promise<Times | undefined> => {
  const inference = o.run.inference(o.slot, rows);
  if (!inference) return undefined;
  try {
    return timesOf(await samples(inference, o));
  } finally {
    inference.close();
  }
};

const samples = async (inference: Inference, { trained, clock, pace }: MeasureInferenceOptions): Promise<number[]> => {
  const time = (runs: number): number => {
    const began = clock.monotonic();
    for (let i = 0; i < runs; i++) inference.answer();
    return (clock.monotonic() - began) / runs;
  };
  // What is computed once is computed by the first; the second says how many make a sample.
  time(1);
  await pace.rest();
  const once = time(1);
  const runs = once > 0 ? Math.min(mostRuns, Math.ceil(sampleMilliseconds / once)) : 1;
  await pace.rest();
  const until = clock.monotonic() + Math.min(longest, Math.max(shortest, share * trained * 1000));
  const found: number[] = [];
  while (found.length < most && (found.length < fewest || clock.monotonic() < until)) {
    found.push(time(runs) / 1000);
    await pace.rest();
  }
  return found;
};

/** Of sorted samples the one in the middle, and the smallest that is no less than 95 % of them. */
const timesOf = (seconds: readonly number[]): Times => {
  const sorted = seconds.toSorted((a, b) => a - b);
  return { median: sorted[Math.ceil(sorted.length / 2) - 1]!, p95: sorted[Math.ceil(0.95 * sorted.length) - 1]! };
};
