import type { Sweep } from "@allot/spec";
import type { Axis } from "../axes.ts";
import type { Component } from "../components.ts";
import { fault } from "../faults.ts";
import { axisName, type Rules } from "../rules/rules.ts";

/** Points a component may have before its constraints; beyond it expansion would no longer be instant. */
export const mostPoints = 1_000_000;
/** Rule text read times evaluations, a bound on the time of all evaluations of one component. */
const mostWork = 4e9;

/** What the enumeration of one component needs to know. */
export interface Space {
  readonly sweep: Sweep;
  readonly axes: readonly Axis[];
  readonly rules: Rules;
}

/** Which digits of an active axis belong to the design, given those chosen before it; undefined is all of them. */
export type Allowed = (axis: number, digits: Uint32Array) => number | undefined;

/** Walks the points of a component before its constraints, in dependency order; `visit` sees the digits by axis index. Stops when `visit` says false. */
export function walk({ axes, rules }: Pick<Space, "axes" | "rules">, { component, digits, allowed }: Walk, visit: () => boolean): boolean {
  const step = (depth: number): boolean => {
    const index = component.axes[depth];
    if (index === undefined) return visit();
    const { size } = axes[index]!;
    const when = rules.whens[index];
    if (when && !when.holds(digits)) {
      digits[index] = size;
      return step(depth + 1);
    }
    const only = allowed?.(index, digits);
    if (only !== undefined) {
      digits[index] = only;
      return step(depth + 1);
    }
    for (let digit = 0; digit < size; digit++) {
      digits[index] = digit;
      if (!step(depth + 1)) return false;
    }
    return true;
  };
  return step(0);
}

export interface Walk {
  readonly component: Component;
  /** Scratch, by axis index. */
  readonly digits: Uint32Array;
  readonly allowed?: Allowed;
}

/** Throws ManifestError naming rules and axes where a component is too large, before any of its constraints is evaluated. */
export function checkSize(space: Space, component: Component, digits: Uint32Array): void {
  const product = component.axes.reduce((total, index) => total * space.axes[index]!.size, 1);
  if (product > mostPoints && !fewPoints(space, component, digits)) refuse(space, component, product);
  for (const index of component.constraints) {
    const rule = space.rules.constraints[index]!;
    const evaluations = Math.min(
      mostPoints,
      rule.axes.reduce((total, axis) => total * space.axes[axis]!.size, 1),
    );
    if (rule.weight * evaluations <= mostWork) continue;
    const message = `"${rule.source}" would be evaluated ${evaluations.toLocaleString("en")} times, each as long as a rule of ${rule.weight.toLocaleString("en")} characters; shorten it or its lists`;
    fault(space.sweep, { path: [...rule.path], value: rule.source, message });
  }
}

/** Conditional axes can make a large product few points: they are counted, but never further than the limit. */
function fewPoints(space: Space, component: Component, digits: Uint32Array): boolean {
  if (component.axes.every((index) => !space.rules.whens[index])) return false;
  let points = 0;
  return walk(space, { component, digits }, () => ++points <= mostPoints);
}

/** The error of a component beyond the limit. */
export function refuse({ sweep, axes, rules }: Space, component: Component, product: number): never {
  const joining = [...component.constraints.map((index) => rules.constraints[index]!), ...component.axes.flatMap((index) => rules.whens[index] ?? [])];
  const names = component.axes.map((index) => `${axisName(axes[index]!)} (${axes[index]!.size})`);
  const said = joining.map(({ source }) => `"${source}"`).join(", ");
  const message =
    `${said} join${joining.length === 1 ? "s" : ""} the axes ${names.join(", ")} into ${product.toLocaleString("en")} points; ` +
    `at most ${mostPoints.toLocaleString("en")} points can be joined: give the axes fewer values, or split the rule so that it reads fewer of them`;
  fault(sweep, { path: [...(joining[0]?.path ?? ["spec", "parameters"])], value: joining[0]?.source, message });
}
