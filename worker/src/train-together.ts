import type { Clock } from "@allot/runtime";
import type { Run, TrialSetup } from "@allot/studies";
import { failed, isOutOfMemory } from "./failure.ts";
import { type Pace, Stopwatch } from "./pace.ts";
import type { Ending, TrainEvent } from "./trainer.ts";

/** A trial and its place in a run. */
export interface Member {
  readonly slot: number;
  readonly trial: TrialSetup & { readonly index: number };
}

/** Trials that are trained step by step together, or one by itself. */
export interface Together {
  readonly run: Run;
  readonly members: readonly Member[];
  /** Each trial's share (s) of composing the group. */
  readonly composing: number;
  readonly atOnce: number;
}

/**
 * Trains and measures until each trial has ended.
 * @returns what went wrong where several trials together ran out of memory before anything of them was told.
 * @throws the signal's reason when it aborts.
 */
export async function* trainTogether(
  { run, members, composing, atOnce }: Together,
  { clock, signal }: { clock: Clock; signal: AbortSignal },
  pace: Pace,
): AsyncGenerator<TrainEvent, unknown, void> {
  const watch = new Stopwatch(clock);
  const measured = (slot: number): Record<string, number> => {
    const seconds = watch.seconds / members.length;
    return {
      "train.seconds": seconds,
      "compose.seconds": composing,
      "trials.atOnce": atOnce,
      "memory.bytes": run.bytes / atOnce,
      "train.stepsPerSecond": seconds > 0 ? run.steps / seconds : 0,
      "train.flopsPerStep": run.facts(slot).flopsPerStep,
    };
  };
  let step = 0;
  const work = (slot: number): number => run.facts(slot).sleepSeconds ?? run.facts(slot).flopsPerStep * step;
  const failing = ({ slot, trial }: Member, error: unknown): TrainEvent => {
    if (signal.aborted) throw error;
    return { kind: "ended", trial: trial.index, ending: { ...failed(error), measured: measured(slot), work: work(slot) } };
  };
  const alive = new Set(members);
  let told = false;
  try {
    const { sleepSeconds } = run.facts(members[0]!.slot);
    if (sleepSeconds !== undefined && sleepSeconds > 0) await watch.timeAsync(async () => clock.sleep(sleepSeconds * 1000, { signal }));
    for (const target of run.measureAt) {
      while (step < target) {
        const next = Math.min(target, step + pace.steps);
        const milliseconds = watch.time(() => (run.lockstep ? run.advanceAll(next) : run.advance(members[0]!.slot, next)));
        pace.learn(next - step, milliseconds);
        step = next;
        await pace.rest();
      }
      for (const member of alive) {
        const event = attempt(
          (): TrainEvent => ({ kind: "measured", trial: member.trial.index, step, values: run.measure(member.slot) }),
          (error) => failing(member, error),
        );
        if (event.kind === "ended") alive.delete(member);
        told = true;
        yield event;
        await pace.rest();
      }
      if (alive.size === 0) return undefined;
    }
    for (const member of alive) {
      const { slot, trial } = member;
      yield attempt(
        (): TrainEvent => {
          const ending: Ending = { state: "Succeeded", metrics: run.finish(slot), measured: measured(slot), work: work(slot) };
          return { kind: "ended", trial: trial.index, ending, weights: () => ({ dtype: trial.study.dtype, tensors: run.tensors(slot) }) };
        },
        (error) => failing(member, error),
      );
      alive.delete(member);
    }
  } catch (error) {
    if (signal.aborted) throw error;
    if (!told && members.length > 1 && isOutOfMemory(error)) return error;
    for (const member of alive) yield failing(member, error);
  }
  return undefined;
}

const attempt = <T>(work: () => T, otherwise: (error: unknown) => T): T => {
  try {
    return work();
  } catch (error) {
    return otherwise(error);
  }
};
