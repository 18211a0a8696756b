import type { Issue } from "../issue.ts";
import { valueLabel } from "../labels.ts";
import { list, shown } from "../schema/describe.ts";
import { didYouMean } from "../schema/nearest.ts";
import type { Json } from "../sweep/parameters.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { positionOf, someLabels, valueAt, valueCount } from "../values.ts";
import type { Axis, Member, Path } from "./axes.ts";
import { axesOf, axisLength, wrong } from "./axes.ts";

const at: Path = ["spec", "baseline"];
const aroundBaseline: readonly SweepSpec["design"][] = ["oneFactorAtATime", "leaveOneOut", "pairs"];

/** The baseline names parameters and values that exist, and fixes every factor that is always there. */
export function baselineIssues(spec: SweepSpec): Issue[] {
  const axes = axesOf(spec);
  const named = [...labelIssues(axes, spec.baseline, at), ...notFactors(axes, spec.baseline)];
  if (named.length > 0) return named;
  const needed = aroundBaseline.includes(spec.design) ? `design ${spec.design} needs a complete baseline` : "a baseline fixes every factor";
  if (Object.keys(spec.baseline).length === 0 && !aroundBaseline.includes(spec.design)) return [];
  return axes.filter((axis) => axis.role === "factor" && axis.when === undefined).flatMap((axis) => unfixed(axis, spec.baseline, needed));
}

/** A tuned parameter takes each arm's best value, a blocked one all of its own: neither has a baseline. */
function notFactors(axes: readonly Axis[], baseline: SweepSpec["baseline"]): Issue[] {
  return axes
    .filter(({ role }) => role !== "factor")
    .flatMap(({ role, members }) => members.filter(({ parameter }) => parameter.name in baseline).map(({ parameter }) => ({ role, name: parameter.name })))
    .map(({ role, name }) => wrong([...at, name], `${name} is ${role}, and a baseline fixes factors only: remove it`, baseline[name]));
}

/** Whether labels given by parameter name exist. Also for claims. */
export function labelIssues(axes: readonly Axis[], given: Readonly<Record<string, Json>>, place: Path): Issue[] {
  const members = axes.flatMap((axis) => axis.members);
  const names = members.map(({ parameter }) => parameter.name);
  return Object.entries(given).flatMap(([name, label]) => {
    const member = members.find(({ parameter }) => parameter.name === name);
    if (!member) return [wrong([...place, name], `no parameter is called "${name}"${didYouMean(name, names)}; the parameters are ${list(names)}`, label)];
    if (positionOf(member.parameter, label) !== undefined) return [];
    return [wrong([...place, name], `${name} has no value ${shown(label)}; it has ${labelList(member)}`, label)];
  });
}

function labelList({ parameter }: Member): string {
  const most = 8;
  const rest = valueCount(parameter) - most;
  return `${list(someLabels(parameter, most))}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function unfixed(axis: Axis, baseline: SweepSpec["baseline"], needed: string): Issue[] {
  const positions = positionsOf(axis, baseline);
  const names = axis.members.map(({ parameter }) => parameter.name);
  const fixed = names.filter((name) => name in baseline);
  const place = Object.keys(baseline).length === 0 ? ["spec", "design"] : at;
  if (fixed.length === 0) {
    const [first] = axis.members;
    return [wrong(place, `${needed}, and ${names.join(" with ")} is not in it: add ${first.parameter.name}, one of ${labelList(first)}`, baseline)];
  }
  if (positions.length === 1) return [];
  if (positions.length === 0) return [wrong([...at, fixed.at(-1) ?? ""], `no entry of the zip of ${names.join(" and ")} has all of these values`, baseline)];
  const open = names.filter((name) => !(name in baseline));
  return [wrong(at, `${needed}, and several entries of the zip of ${names.join(" and ")} match: add ${open.join(" and ")}`, baseline)];
}

/** The positions of an axis at which every named member has its baseline value. */
function positionsOf(axis: Axis, baseline: SweepSpec["baseline"]): number[] {
  const wanted = axis.members.flatMap(({ parameter }) => {
    const given = baseline[parameter.name];
    const position = given === undefined ? undefined : positionOf(parameter, given);
    return position === undefined ? [] : [{ parameter, label: valueLabel(valueAt(parameter, position)) }];
  });
  return Array.from({ length: axisLength(axis) }, (_unused, position) => position).filter((position) =>
    wanted.every(({ parameter, label }) => valueLabel(valueAt(parameter, position)) === label),
  );
}
