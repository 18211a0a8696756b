import type { Study } from "@allot/spec";
import { deriveKey, uniform } from "@allot/tensor";
import type { Run, TrialSetup } from "./run.ts";

/** How long the no-op trial waits, in seconds; undefined for every other study. */
export const sleepSeconds = (study: Study): number | undefined => (study.data.kind === "sleep" ? study.data.seconds : undefined);

/**
 * The no-op trial: no tensors, one step, one metric. `validation.loss` is a
 * uniform number of the trial's `data` stream, so that a pipeline of sleeping
 * trials has values to compare. Waiting is the lane's work: see `Facts.sleepSeconds`.
 */
export const sleepRun = (trials: readonly TrialSetup[]): Run => {
  const setupOf = (trial: number): TrialSetup => {
    const setup = trials[trial];
    if (setup === undefined) throw new RangeError(`trial ${trial} of ${trials.length}`);
    return setup;
  };
  const measure = (trial: number): Record<string, number> => ({ "validation.loss": uniform(deriveKey(setupOf(trial).streams.data, "sleep"), 0) });
  return {
    trials: trials.length,
    steps: 1,
    measureAt: [1],
    bytes: 0,
    lockstep: false,
    facts: (trial) => ({ learnableParameters: 0, totalParameters: 0, flopsPerStep: 0, sleepSeconds: sleepSeconds(setupOf(trial).study) ?? 0 }),
    advance: (trial) => void setupOf(trial),
    advanceAll: () => trials.length,
    measure,
    finish: (trial) => ({ ...measure(trial), learnableParameters: 0, totalParameters: 0, fixedUnchanged: 1 }),
    costs: () => ({}),
    inference: () => undefined,
    tensors: () => ({}),
    close: () => {},
  };
};
