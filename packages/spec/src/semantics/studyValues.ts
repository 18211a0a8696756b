import { canonicalJson } from "../canonical.ts";
import type { Issue } from "../issue.ts";
import { pathText } from "../issue.ts";
import { valueJson } from "../labels.ts";
import type { StudyInput } from "../study/study.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { valueAt } from "../values.ts";
import { axesOf, wrong } from "./axes.ts";
import type { Choice } from "./studies.ts";
import { choicesOf, firstValid, insideValue, valuePlace } from "./studies.ts";

/** Every value, set at its paths, gives a study, and no two values of an axis the same one. */
export function studyValueIssues(spec: SweepSpec): Issue[] {
  const { study } = spec.trainer;
  if (!study) return [];
  const axes = axesOf(spec);
  return axes.flatMap((axis) => {
    const tried = choicesOf(axis).map((choice): Tried => ({ choice, outcome: firstValid(study, axes, choice) }));
    const invalid = invalidValues(study, tried);
    return invalid.length > 0 ? invalid : sameStudies(tried);
  });
}

interface Tried {
  readonly choice: Choice;
  readonly outcome: ReturnType<typeof firstValid>;
}

/** One issue a fault: a path that fits nowhere is said once, not for each value. */
function invalidValues(study: StudyInput, tried: readonly Tried[]): Issue[] {
  const said = new Set<string>();
  return tried.flatMap(({ choice, outcome }) => {
    const [issue] = "issues" in outcome ? outcome.issues : [];
    const fault = issue && atValue(study, choice, issue);
    if (!fault || said.has(fault.message)) return [];
    said.add(fault.message);
    return [fault];
  });
}

/** A fault of the study as a fault of the value that caused it. */
function atValue(base: StudyInput, { axis, position }: Choice, issue: Issue): Issue {
  const [first] = axis.members;
  for (const member of axis.members) {
    const inside = insideValue(base, member, issue.path);
    if (inside) return { ...issue, by: "semantics", path: [...valuePlace(member, position), ...(member.parameter.values ? inside : [])] };
  }
  const where = issue.path.length === 0 ? "" : `${pathText(issue.path)}: `;
  return wrong(valuePlace(first, position), `this value does not fit the study: ${where}${issue.message}`, valueJson(valueAt(first.parameter, position)));
}

/** Defaults can make two different texts one study, which would be trained twice and compared with itself. */
function sameStudies(tried: readonly Tried[]): Issue[] {
  const seen = new Map<string, number>();
  return tried.flatMap(({ choice: { axis, position }, outcome }) => {
    if ("issues" in outcome || outcome.beside) return [];
    const key = canonicalJson(outcome.study);
    const earlier = seen.get(key);
    if (earlier === undefined) {
      seen.set(key, position);
      return [];
    }
    const [member] = axis.members;
    const value = valueJson(valueAt(member.parameter, position));
    return [wrong(valuePlace(member, position), `gives the same study as entry ${earlier} once defaults are filled in: keep one`, value)];
  });
}
