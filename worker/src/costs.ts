import type { Clock } from "@allot/runtime";
import type { KnownCosts as KnownPrograms, Run } from "@allot/studies";
import { failed } from "./failure.ts";
import { measureInference } from "./inference.ts";
import type { Pace } from "./pace.ts";
import type { TrainEvent } from "./trainer.ts";

/** What a lane knows of the costs of a shape class; grows, so that each is found out once. */
export interface KnownCosts {
  readonly programs: KnownPrograms;
  /** Seconds by metric, once they were measured. */
  inference: Readonly<Record<string, number>> | undefined;
}

export const nothingKnown = (): KnownCosts => ({ programs: new Map(), inference: undefined });

export interface CostOptions {
  readonly run: Run;
  /** A trial's place in the run, by its index. */
  readonly slots: ReadonlyMap<number, number>;
  readonly known: KnownCosts;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly pace: Pace;
}

type Ended = Extract<TrainEvent, { kind: "ended" }>;

/** Passes on what is trained, and adds to every success what it costs beside its training. @returns what the training returns */
export async function* withCosts<T>(events: AsyncGenerator<TrainEvent, T, void>, options: CostOptions): AsyncGenerator<TrainEvent, T, void> {
  for (;;) {
    const { value, done } = await events.next();
    if (done) return value;
    yield value.kind === "ended" && value.ending.state === "Succeeded" ? await costed(value, options) : value;
  }
}

const costed = async (event: Ended, { run, slots, known, clock, signal, pace }: CostOptions): Promise<Ended> => {
  const began = clock.monotonic();
  const { metrics, measured } = event.ending;
  const slot = slots.get(event.trial)!;
  try {
    const costs = run.costs(slot);
    const trained = (measured["train.seconds"] ?? 0) * run.trials;
    known.inference ??= await measureInference({ run, slot, trained, clock, pace });
    const ending = { ...event.ending, metrics: { ...metrics, ...costs }, measured: { ...measured, ...known.inference } };
    return { ...event, ending, aside: (clock.monotonic() - began) / 1000 };
  } catch (error) {
    signal.throwIfAborted();
    return { kind: "ended", trial: event.trial, ending: { ...failed(error), measured } };
  }
};
