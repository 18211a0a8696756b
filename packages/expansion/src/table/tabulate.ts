import type { Component } from "../components.ts";
import { type Allowed, checkSize, mostPoints, refuse, type Space, walk } from "./enumerate.ts";
import { Rows } from "./rows.ts";

/** The kept points of a component, and how many its constraints took out. */
export interface Tabulated {
  readonly component: Component;
  /** In dependency order; undefined where the component is one axis no rule touches. */
  readonly rows: Rows | undefined;
  /** Points before constraints. */
  readonly points: number;
  /** Points by the first constraint that rejects them, aligned with `component.constraints`. */
  readonly rejected: readonly number[];
}

/** Every point of the component, or with `designs` only the points each of them allows. Throws ManifestError where there are too many. */
export function tabulate(space: Space, component: Component, designs?: readonly Allowed[]): Tabulated {
  const { axes, rules } = space;
  const [first] = component.axes;
  if (!designs && component.axes.length === 1 && component.constraints.length === 0 && !rules.whens[first!]) {
    return { component, rows: undefined, points: axes[first!]!.size, rejected: [] };
  }
  const digits = new Uint32Array(axes.length);
  if (!designs) checkSize(space, component, digits);
  const constraints = component.constraints.map((index) => rules.constraints[index]!);
  const rejected = constraints.map(() => 0);
  const rows = new Rows(
    component.axes,
    component.axes.map((index) => axes[index]!.size + 1),
  );
  let points = 0;
  const visit = (): boolean => {
    points++;
    const rejecting = constraints.findIndex((rule) => !rule.holds(digits));
    if (rejecting < 0) rows.push(digits);
    else rejected[rejecting]!++;
    return points <= mostPoints;
  };
  for (const allowed of designs ?? [undefined]) {
    if (!walk(space, { component, digits, ...(allowed && { allowed }) }, visit)) refuse(space, component, points);
  }
  return { component, rows, points, rejected };
}

/**
 * Dropped points of the whole product by constraint, in manifest order. A point counts for the first constraint that rejects it, so a
 * component's rejections are multiplied by what the other components keep under earlier constraints.
 */
export function droppedCounts(tabulated: readonly Tabulated[], constraints: number): number[] {
  return Array.from({ length: constraints }, (_unused, constraint) => {
    let count = 0n;
    for (const one of tabulated) {
      const at = one.component.constraints.indexOf(constraint);
      if (at < 0) continue;
      const others = tabulated.filter((other) => other !== one).map((other) => BigInt(survivors(other, constraint)));
      count = others.reduce((product, kept) => product * kept, BigInt(one.rejected[at]!));
    }
    return Number(count);
  });
}

/** Points of a component that no constraint before the given one rejects. */
function survivors({ component, points, rejected }: Tabulated, before: number): number {
  return component.constraints.reduce((kept, constraint, at) => (constraint < before ? kept - rejected[at]! : kept), points);
}
