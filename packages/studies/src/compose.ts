import { createSession, flops, sessionBytes } from "@allot/tensor";
import { StudyError } from "./errors.ts";
import { guides } from "./guidance/guides.ts";
import { lengthOf } from "./optimisers/length.ts";
import { trainingExamples } from "./problems/problem-of.ts";
import { costsOf } from "./run/costs.ts";
import { allAtOnce, alone } from "./run/evaluate.ts";
import { inferenceOf } from "./run/inference.ts";
import { oneByOne, together } from "./run/movement.ts";
import { checkEngine, planOf, sessionOptions } from "./run/plan.ts";
import type { ComposeOptions, Run } from "./run/run.ts";
import { sleepRun, sleepSeconds } from "./run/sleep-run.ts";
import { startingAlike, startOf } from "./run/start.ts";
import { type TrialRun, trialRun } from "./run/trial.ts";

const sleeps = ({ trials }: ComposeOptions): boolean => trials[0] !== undefined && sleepSeconds(trials[0].study) !== undefined;

/** All trials of a run are measured at the same steps. */
const checkMeasuring = ({ trials, dataset }: ComposeOptions, measureAt: readonly number[]): void => {
  for (const { study } of trials) {
    if (lengthOf(study, trainingExamples(study, dataset)).measureAt.join() !== measureAt.join())
      throw new StudyError("measureEvery", "differs between trials that are trained together: use one value in a sweep");
  }
};

/**
 * Puts trials of one shape class into one session, each drawn from its own
 * streams. Throws StudyError where a study can't be trained as written.
 */
export const compose = (options: ComposeOptions): Run => {
  const { trials, dataset, engine, knownCosts: known = new Map() } = options;
  if (sleeps(options)) return sleepRun(trials);
  checkEngine(options);
  const plan = planOf(trials, dataset);
  checkMeasuring(options, plan.length.measureAt);
  const session = createSession(sessionOptions(plan, { engine, trials: trials.length }));
  plan.problem.fillShared(session);
  const guide = guides(plan.problem, { dataset, compose });
  const all = allAtOnce(session);
  const runs: TrialRun[] = [];
  for (const alike of startingAlike(trials)) {
    const start = startOf(plan.problem, trials[alike[0]!]!);
    for (const trial of alike) {
      const place = { plan, session, trial, setup: trials[trial]! };
      guide(place);
      runs[trial] = trialRun(place, start, session.lockstep ? all : alone(session, trial));
    }
  }
  const movement = (session.lockstep ? together : oneByOne)(session, runs, plan.length.steps);
  const at = (trial: number) => {
    const run = runs[trial];
    if (run === undefined) throw new RangeError(`trial ${trial} of ${runs.length}`);
    return run;
  };
  const sound = (trial: number) => {
    movement.check(trial);
    return at(trial);
  };
  const { step } = plan.programs;
  const flopsPerStep = step === undefined ? 0 : flops(step);
  return {
    trials: trials.length,
    steps: plan.length.steps,
    measureAt: plan.length.measureAt,
    bytes: session.bytes,
    lockstep: session.lockstep,
    facts: (trial) => ({ learnableParameters: at(trial).counts.trained, totalParameters: at(trial).counts.total, flopsPerStep }),
    advance: (trial, toStep) => {
      at(trial);
      movement.advance(trial, toStep);
    },
    advanceAll: (toStep) => movement.advanceAll(toStep),
    measure: (trial) => sound(trial).measure(),
    finish: (trial) => sound(trial).finish(),
    costs: (trial) => costsOf(trials[trial]!, { plan, counts: at(trial).counts, dataset, engine, known }),
    inference: (trial, rows) => inferenceOf({ plan, session, trial }, { engine, rows }),
    tensors: (trial) => at(trial).tensors(),
    close: () => session.close(),
  };
};

/** Memory in bytes that `compose` would take for these trials; for choosing how many to hold at once. Errors as `compose`. */
export const runBytes = (options: ComposeOptions): number => {
  if (sleeps(options)) return 0;
  checkEngine(options);
  return sessionBytes(sessionOptions(planOf(options.trials, options.dataset), { engine: options.engine, trials: options.trials.length }));
};
