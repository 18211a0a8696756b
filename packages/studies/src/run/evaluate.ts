import type { Session } from "@allot/tensor";
import type { Part } from "../problems/part.ts";
import { type Metrics, prefixed } from "./metrics.ts";
import type { Place } from "./place.ts";

/** Runs a program at a trial's present tensors, those after `step` updates. */
export type RunProgram = (program: string, step: number) => void;

/** Each trial by itself. */
export const alone =
  (session: Session, trial: number): RunProgram =>
  (program) =>
    session.run(program, trial);

/** All trials, once a step, whichever of them asks first. */
export const allAtOnce = (session: Session): RunProgram => {
  const done = new Map<string, number>();
  return (program, step) => {
    if (done.get(program) === step) return;
    session.runAll(program);
    done.set(program, step);
  };
};

/** Metrics of the given parts at a trial's present tensors. */
export const evaluate = ({ plan, session, trial }: Place, parts: readonly Part[], run: (part: Part) => void): Metrics => {
  const metrics: Metrics = {};
  for (const part of parts) {
    run(part);
    const names = Object.keys(plan.programs[part]?.outputs ?? {});
    const scalars = Object.fromEntries(names.map((name) => [name, session.view(`${part}/${name}`, trial)[0]!]));
    Object.assign(metrics, prefixed(part, plan.problem.metrics(part, scalars)));
  }
  return metrics;
};
