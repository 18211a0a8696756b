import type { Session } from "@allot/tensor";
import { Diverged } from "../errors.ts";
import type { Run } from "./run.ts";
import type { TrialRun } from "./trial.ts";

/** How the trials of a run are taken through their updates. */
export interface Movement extends Pick<Run, "advance" | "advanceAll"> {
  /** Throws what `advanceAll` ended a trial by. */
  check(trial: number): void;
}

const checkStep = (from: number, toStep: number, steps: number): void => {
  if (toStep < from || toStep > steps) throw new RangeError(`can't advance from step ${from} to ${toStep} of ${steps}`);
};

/** Trials that went wrong while they were trained with others. */
const casualties = () => {
  const ended = new Map<number, Diverged>();
  return {
    has: (trial: number) => ended.has(trial),
    count: () => ended.size,
    guard: (trial: number, work: () => void): void => {
      try {
        work();
      } catch (error) {
        if (!(error instanceof Diverged)) throw error;
        ended.set(trial, error);
      }
    },
    check: (trial: number): void => {
      const error = ended.get(trial);
      if (error !== undefined) throw error;
    },
  };
};

/** One trial's updates after another's. */
export const oneByOne = (session: Session, runs: readonly TrialRun[], steps: number): Movement => {
  const { has, count, guard, check } = casualties();
  const advance = (trial: number, toStep: number): void => {
    const run = runs[trial]!;
    checkStep(run.step(), toStep, steps);
    for (let step = run.step() + 1; step <= toStep; step++) {
      const at = run.prepare(step);
      if (at !== undefined) session.run("step", trial, at);
      run.observe(step);
    }
  };
  const advanceAll = (toStep: number): number => {
    for (const trial of runs.keys()) if (!has(trial)) guard(trial, () => advance(trial, toStep));
    return runs.length - count();
  };
  return { advance, advanceAll, check };
};

/** Each update of all trials at once: they are of one shape class, so their batches lie at one position of their orders. */
export const together = (session: Session, runs: readonly TrialRun[], steps: number): Movement => {
  const { has, count, guard, check } = casualties();
  let step = 0;
  const advanceAll = (toStep: number): number => {
    checkStep(step, toStep, steps);
    while (step < toStep) {
      step++;
      const moving = [...runs.entries()].filter(([trial]) => !has(trial));
      const [at] = moving.map(([, run]) => run.prepare(step));
      if (at !== undefined) session.runAll("step", at);
      for (const [trial, run] of moving) guard(trial, () => run.observe(step));
    }
    return runs.length - count();
  };
  const advance = (trial: number, toStep: number): void => {
    if (runs.length > 1) throw new RangeError(`trial ${trial} of ${runs.length} that move together: advanceAll moves them`);
    advanceAll(toStep);
    check(trial);
  };
  return { advance, advanceAll, check };
};
