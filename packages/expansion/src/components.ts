import type { Axis } from "./axes.ts";
import type { Rules } from "./rules/rules.ts";

/** Axes that rules join, so that their digits can't be chosen one by one. */
export interface Component {
  /** Axis indexes in dependency order; empty for constraints that read no parameter. */
  readonly axes: readonly number[];
  /** Indexes of the constraints, in manifest order. */
  readonly constraints: readonly number[];
}

/** Splits the axes into the finest components. With `whole`, all axes of that list and whatever they are joined with are one. */
export function componentsOf(axes: readonly Axis[], rules: Rules, whole: readonly number[] = []): Component[] {
  const parent = axes.map(({ index }) => index);
  const root = (index: number): number => {
    let at = index;
    while (parent[at] !== at) at = parent[at]!;
    return at;
  };
  const join = (joined: readonly number[]) => {
    for (const index of joined) parent[root(index)] = root(joined[0]!);
  };
  for (const rule of rules.constraints) join(rule.axes);
  for (const [index, rule] of rules.whens.entries()) if (rule) join([index, ...rule.axes]);
  join(whole);
  const groups = Map.groupBy(rules.order, root);
  const constraints = Map.groupBy(rules.constraints.keys(), (index) =>
    rules.constraints[index]!.axes[0] === undefined ? -1 : root(rules.constraints[index]!.axes[0]),
  );
  const components = [...groups].map(([key, members]) => ({ axes: members, constraints: constraints.get(key) ?? [] }));
  const constant = constraints.get(-1);
  return constant ? [...components, { axes: [], constraints: constant }] : components;
}
