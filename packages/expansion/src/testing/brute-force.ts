import type { Condition, Made, MadeSweep, Point } from "./sweeps.ts";

/** A sweep read point by point, as the words of the contract have it; only for small ones. */
export interface Read {
  readonly kept: readonly Point[];
  readonly dropped: readonly number[];
  /** Control of each arm by text, undefined where an arm has none. */
  readonly controls: ReadonlyMap<string, string> | undefined;
}

/** A text that is equal exactly for equal assignments. */
export function keyOf(point: Point): string {
  return JSON.stringify(Object.entries(point).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** Enumerates every point, then counts, drops and compares them. */
export function readSweep(made: MadeSweep): Read {
  const points = pointsOf(made.parameters).filter((point) => made.design === "full" || departures(point, made) <= 1);
  const first = points.map((point) => made.constraints.findIndex((rule) => applies(rule, point) && !rule.holds(point)));
  const kept = points.filter((_point, at) => first[at] === -1);
  return { kept, dropped: made.constraints.map((_rule, index) => first.filter((one) => one === index).length), controls: controlsOf(made, kept) };
}

function applies(rule: Condition, point: Point): boolean {
  return rule.reads.every((name) => name in point);
}

function pointsOf(parameters: readonly Made[]): Point[] {
  const order = [...parameters.filter(({ when }) => !when), ...parameters.filter(({ when }) => when)];
  let points: Point[] = [{}];
  for (const { name, values, when } of order) {
    points = points.flatMap((point) => (when && !(applies(when, point) && when.holds(point)) ? [point] : values.map((value) => ({ ...point, [name]: value }))));
  }
  return points;
}

/** How many factors differ from a complete baseline. */
function departures(point: Point, { parameters, baseline }: MadeSweep): number {
  return Object.entries(factorsOf(point, parameters)).filter(([name, value]) => baseline[name] !== value).length;
}

/** The factors of a point. */
export function factorsOf(point: Point, parameters: readonly Made[]): Point {
  return Object.fromEntries(parameters.filter(({ name, role }) => role === "factor" && name in point).map(({ name }) => [name, point[name]!]));
}

function controlsOf({ parameters, baseline }: MadeSweep, kept: readonly Point[]): ReadonlyMap<string, string> | undefined {
  const arms = Map.groupBy(kept, (point) => keyOf(factorsOf(point, parameters)));
  const blocked = parameters.filter(({ role, when }) => role === "blocked" && !when).map(({ name }) => name);
  const blockOf = (point: Point) => blocked.map((name) => point[name]).join();
  const controls = new Map<string, string>();
  for (const [arm, points] of arms) {
    const control = controlOf(factorsOf(points[0]!, parameters), { parameters, baseline });
    const partners = control && arms.get(keyOf(control));
    if (!partners) return undefined;
    const blocks = new Set(partners.map(blockOf));
    if (!points.every((point) => blocks.has(blockOf(point)))) return undefined;
    controls.set(arm, keyOf(control));
  }
  return controls;
}

/** The arm with the baseline's values and otherwise its own; undefined where a factor comes to life that neither has. */
function controlOf(arm: Point, { parameters, baseline }: Pick<MadeSweep, "parameters" | "baseline">): Point | undefined {
  const factors = parameters.filter(({ role }) => role === "factor");
  const order = [...factors.filter(({ when }) => !when), ...factors.filter(({ when }) => when)];
  let control: Point = {};
  for (const { name, when } of order) {
    if (when && !(applies(when, control) && when.holds(control))) continue;
    const value = baseline[name] ?? arm[name];
    if (value === undefined) return undefined;
    control = { ...control, [name]: value };
  }
  return control;
}
