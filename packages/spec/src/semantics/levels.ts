import { canonicalJson } from "../canonical.ts";
import type { Issue } from "../issue.ts";
import { valueJson, valueLabel } from "../labels.ts";
import type { Value } from "../sweep/parameters.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { valueAt, valueCount } from "../values.ts";
import type { Axis, Member } from "./axes.ts";
import { axesOf, axisLength, wrong } from "./axes.ts";

const ways = ["values", "range", "linspace", "logspace"] as const;

/** Every parameter says its values in one way, and no two of them are the same. */
export function levelIssues(spec: SweepSpec): Issue[] {
  return axesOf(spec).flatMap((axis) => {
    const each = axis.members.flatMap(memberIssues);
    if (each.length > 0) return each;
    const lengths = lengthIssues(axis);
    return lengths.length > 0 ? lengths : repeatedValues(axis);
  });
}

function memberIssues({ parameter, path }: Member): Issue[] {
  const given = ways.filter((way) => parameter[way] !== undefined);
  if (given.length === 0) return [wrong(path, `${parameter.name} has no values: give one of ${ways.join(", ")}`)];
  if (given.length > 1) return [wrong(path, `${parameter.name} has ${given.join(" and ")}: keep one`)];
  return [...rangeIssues({ parameter, path }), ...spacedIssues({ parameter, path })];
}

function rangeIssues({ parameter: { range }, path }: Member): Issue[] {
  if (!range || range.from <= range.to) return [];
  return [wrong([...path, "range"], `from must not be above to: got from ${range.from} and to ${range.to}`, range)];
}

function spacedIssues({ parameter, path }: Member): Issue[] {
  const { linspace, logspace } = parameter;
  const spaced = linspace ?? logspace;
  if (!spaced) return [];
  const at = [...path, linspace ? "linspace" : "logspace"];
  for (const end of ["from", "to"] as const) {
    if (logspace && spaced[end] <= 0) return [wrong([...at, end], `logspace needs ends above 0, got ${spaced[end]}`, spaced[end])];
  }
  const distinct = valueAt(parameter, 0) !== valueAt(parameter, 1) && valueAt(parameter, spaced.count - 2) !== valueAt(parameter, spaced.count - 1);
  return distinct ? [] : [wrong(at, `from ${spaced.from} to ${spaced.to} there are no ${spaced.count} different values (12 digits count)`, spaced)];
}

function lengthIssues({ members, path }: Axis): Issue[] {
  const counts = members.map(({ parameter }) => valueCount(parameter));
  if (counts.every((count) => count === counts[0])) return [];
  const each = members.map(({ parameter }, index) => `${parameter.name} has ${counts[index]}`).join(", ");
  return [wrong([...path, "zip"], `zipped parameters need equally many values: ${each}`)];
}

/** Generated values differ by construction; of listed ones two may be the same JSON, or be called the same. */
function repeatedValues(axis: Axis): Issue[] {
  if (axis.members.some(({ parameter }) => !parameter.values)) return [];
  const seen = new Map<string, number>();
  const called = new Map<string, number>();
  const issues: Issue[] = [];
  for (let position = 0; position < axisLength(axis); position += 1) {
    const values = axis.members.map(({ parameter }) => valueAt(parameter, position));
    const [same, homonym] = [before(seen, canonicalJson(values.map(valueJson)), position), before(called, canonicalJson(values.map(labelText)), position)];
    const at = placeOf(axis, position);
    const value = axis.zipped ? values.map(valueJson) : values.map(valueJson)[0];
    if (same !== undefined) issues.push(wrong(at, `the same value as entry ${same}: every value once`, value));
    else if (homonym !== undefined)
      issues.push(wrong(at, `this and entry ${homonym} are both called ${values.map(labelText).join(", ")}: labels must differ`, value));
  }
  return issues;
}

function labelText(value: Value): string {
  return String(valueLabel(value));
}

function before(seen: Map<string, number>, key: string, position: number): number | undefined {
  const earlier = seen.get(key);
  if (earlier === undefined) seen.set(key, position);
  return earlier;
}

function placeOf(axis: Axis, position: number): Issue["path"] {
  return [...axis.members[0].path, "values", position];
}
