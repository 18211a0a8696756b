import type { Json, Sweep } from "@allot/spec";
import { type Axis, axesOf, digitOf, type Setting } from "./axes.ts";
import type { Expansion, Trial } from "./expansion.ts";

const known = new WeakMap<Sweep, readonly Axis[]>();

/** The active parameters of a trial with the values its labels stand for, in manifest order. */
export function settingsAt(sweep: Sweep, trial: Trial): Setting[] {
  const axes = known.get(sweep) ?? axesOf(sweep);
  known.set(sweep, axes);
  return axes.flatMap((axis) => {
    const digit = digitOf(axis, trial.labels);
    return digit === undefined || digit === axis.size ? [] : axis.levels.map((level) => ({ axis, level, digit }));
  });
}

/** Parameter name → value of a trial, active parameters only: what a program is given. */
export function assignmentOf({ sweep }: Expansion, trial: Trial): Record<string, Json> {
  return Object.fromEntries(settingsAt(sweep, trial).map(({ level, digit }) => [level.name, level.values[digit] ?? null]));
}
