import type { Part } from "../problems/problem.ts";
import { type Metrics, type Place, prefixed } from "./place.ts";

/** Metrics of the given parts at a trial's present tensors. */
export const evaluate = ({ plan, session, trial }: Place, parts: readonly Part[]): Metrics => {
  const metrics: Metrics = {};
  for (const part of parts) {
    session.run(part, trial);
    const names = Object.keys(plan.programs[part]?.outputs ?? {});
    const scalars = Object.fromEntries(names.map((name) => [name, session.view(`${part}/${name}`, trial)[0]!]));
    Object.assign(metrics, prefixed(part, plan.problem.metrics(part, scalars)));
  }
  return metrics;
};
