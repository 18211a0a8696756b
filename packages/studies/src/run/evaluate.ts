import type { Session } from "@allot/tensor";
import type { Part } from "../problems/problem.ts";
import { type Metrics, type Place, prefixed } from "./place.ts";

/** Runs the program of a part at a trial's present tensors, those after `step` updates. */
export type RunPart = (part: Part, step: number) => void;

/** Each trial by itself. */
export const alone =
  (session: Session, trial: number): RunPart =>
  (part) =>
    session.run(part, trial);

/** All trials, once a step, whichever of them asks first. */
export const allAtOnce = (session: Session): RunPart => {
  const done = new Map<Part, number>();
  return (part, step) => {
    if (done.get(part) === step) return;
    session.runAll(part);
    done.set(part, step);
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
