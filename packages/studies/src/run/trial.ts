import { Diverged } from "../errors.ts";
import type { Start } from "../parametrisation/memory.ts";
import type { Counts } from "../parametrisation/parametrised.ts";
import { effectiveTensor } from "./effective.ts";
import { evaluate, type RunProgram } from "./evaluate.ts";
import { chosenOf, fixedFingerprint, onlyChosenMoved } from "./fingerprint.ts";
import type { Metrics } from "./metrics.ts";
import type { Place } from "./place.ts";
import { l2Slot } from "./plan.ts";
import { startMetrics, watch } from "./probing.ts";
import type { TensorValue } from "./run.ts";
import { solve } from "./solve.ts";
import { updatesOf } from "./updates.ts";

/** One trial of a session. */
export interface TrialRun {
  readonly counts: Counts;
  /** The last update made. */
  step(): number;
  /** Writes what update `step` reads. @returns the position to run it at; undefined where there is nothing to run. */
  prepare(step: number): number | undefined;
  /** Update `step` was run: throws Diverged where it went wrong. */
  observe(step: number): void;
  measure(): Metrics;
  finish(): Metrics;
  tensors(): Record<string, TensorValue>;
}

const fill = ({ plan, session, trial, setup }: Place, start: Start): void => {
  for (const parametrised of plan.parametrised) {
    for (const [slot, values] of parametrised.start(start)) session.view(slot, trial).set(values);
  }
  plan.problem.fillTrial(session, trial, setup);
  if (plan.penalised) session.view(l2Slot, trial)[0] = setup.study.objective.l2;
  session.invalidate(trial);
};

const countsOf = ({ plan }: Place, start: Start): Counts =>
  plan.parametrised.map(({ counts }) => counts(start)).reduce((a, b) => ({ trained: a.trained + b.trained, total: a.total + b.total }));

/** Whether the final error, on the test set where there is one, is a match; nothing for objectives without an `nmse`. */
const matchOf = ({ setup }: Place, metrics: Metrics): Metrics => {
  const nmse = metrics["test.nmse"] ?? metrics["train.nmse"];
  return nmse === undefined ? {} : { match: nmse < setup.study.objective.matchBelow ? 1 : 0 };
};

/** The metrics; throws Diverged where one is no finite number, as after a last update that went wrong. */
const finite = (step: number, metrics: Metrics): Metrics => {
  const wrong = Object.entries(metrics).find(([, value]) => !Number.isFinite(value));
  if (wrong !== undefined) throw new Diverged(step, ...wrong);
  return metrics;
};

/** Only a solver goes back to the start; else that is not kept, as it is larger than what trains. */
const solver =
  (place: Place, start: Start): (() => void) =>
  () =>
    solve(place, start);

/** Writes a trial's start into its place of the session and returns what trains it. */
export const trialRun = (place: Place, start: Start, run: RunProgram): TrialRun => {
  const { plan } = place;
  const { measured, last } = plan.problem;
  fill(place, start);
  const counts = countsOf(place, start);
  const before = fixedFingerprint(place);
  const chosen = chosenOf(place, start);
  const updates = updatesOf(place);
  const probed = watch(place, startMetrics(place, start), run);
  const solveOnce = updates === undefined ? solver(place, start) : undefined;
  let step = 0;
  let latest: { step: number; metrics: Metrics } | undefined;
  const measure = (): Metrics => {
    if (latest?.step === step) return latest.metrics;
    const metrics = finite(step, { ...updates?.means(), ...evaluate(place, measured, (part) => run(part, step)) });
    latest = { step, metrics: finite(step, { ...metrics, ...probed.onMeasuring(step, metrics) }) };
    return latest.metrics;
  };
  return {
    counts,
    step: () => step,
    prepare: (next) => {
      if (updates !== undefined) return updates.prepare(next);
      solveOnce?.();
      return undefined;
    },
    observe: (next) => {
      updates?.observe(next);
      step = next;
    },
    measure: () => ({ ...measure() }),
    finish: () => {
      const atEnd = { ...measure(), ...evaluate(place, last, (part) => run(part, step)) };
      const metrics = finite(step, { ...atEnd, ...probed.atEnd(step) });
      const unchanged = fixedFingerprint(place) === before && onlyChosenMoved(place, chosen);
      const parameters = { learnableParameters: counts.trained, totalParameters: counts.total };
      return { ...metrics, ...matchOf(place, metrics), ...parameters, fixedUnchanged: unchanged ? 1 : 0 };
    },
    tensors: () => Object.fromEntries(plan.parametrised.map(({ tensor: { name } }) => [name, effectiveTensor(place, name)])),
  };
};
