import { checkStudyInput } from "../check-study.ts";
import type { Issue } from "../issue.ts";
import { valueJson } from "../labels.ts";
import { PathError, parameterPaths, resolvePath, setPath } from "../paths.ts";
import type { Study, StudyInput } from "../study/study.ts";
import type { Json } from "../sweep/parameters.ts";
import { valueAt } from "../values.ts";
import type { Axis, Member, Path } from "./axes.ts";
import { axisLength } from "./axes.ts";

/** One position of one axis. */
export interface Choice {
  readonly axis: Axis;
  readonly position: number;
}

/** Listed values are all looked at; of generated ones the ends and the second, which shows whether they are whole. */
export function choicesOf(axis: Axis): Choice[] {
  const length = axisLength(axis);
  const listed = axis.members.some(({ parameter }) => parameter.values !== undefined);
  const positions = listed ? Array.from({ length }, (_unused, position) => position) : [...new Set([0, 1, length - 1])].filter((at) => at < length);
  return positions.map((position) => ({ axis, position }));
}

/** The study with the choices set, outer paths before what lies inside them, and its defaults; or why that is no study. */
function studyWith(base: StudyInput, choices: readonly Choice[]): { study: Study } | { issues: Issue[] } {
  const settings = choices.flatMap(settingsOf).toSorted((a, b) => depth(a.path) - depth(b.path));
  let study: object = base;
  for (const { path, value } of settings) {
    try {
      study = setPath(study, path, value);
    } catch (cause) {
      if (cause instanceof PathError) return { issues: [{ path: [], message: `${path}: ${cause.message}`, by: "semantics", value }] };
      throw cause;
    }
  }
  return checkStudyInput(study);
}

function settingsOf({ axis, position }: Choice): { path: string; value: Json }[] {
  return axis.members.flatMap(({ parameter }) => {
    const value = valueJson(valueAt(parameter, position));
    return parameterPaths(parameter).map((path) => ({ path, value }));
  });
}

function depth(path: string): number {
  return path.split(/[.[]/).length;
}

/** Enough to find a setting in which a value makes sense; beyond it, `plan` meets the fault. */
const contexts = 256;

/**
 * A value may make sense only beside another parameter's (a field of a strategy that another one
 * chooses). It is taken as valid when it is on the base study, or with one value of one other axis;
 * of the faults met on the way, one of the value itself says more than one of its surroundings.
 */
export function firstValid(base: StudyInput, axes: readonly Axis[], choice: Choice): { study: Study; beside?: Choice } | { issues: Issue[] } {
  const alone = studyWith(base, [choice]);
  if ("study" in alone) return alone;
  const others = axes.filter((axis) => axis !== choice.axis).flatMap(choicesOf);
  let fault = alone;
  for (const beside of others.slice(0, contexts)) {
    const together = studyWith(base, [beside, choice]);
    if ("study" in together) return { ...together, beside };
    if (!blamesValue(base, choice, fault.issues) && blamesValue(base, choice, together.issues)) fault = together;
  }
  return fault;
}

function blamesValue(base: StudyInput, { axis }: Choice, issues: readonly Issue[]): boolean {
  return issues.every(({ path }) => axis.members.some((member) => insideValue(base, member, path) !== undefined));
}

/** Where inside the value of a member a path of the study leads; undefined when it leads elsewhere. */
export function insideValue(base: StudyInput, { parameter }: Member, at: Path): Path | undefined {
  const places = parameterPaths(parameter).map((path) => resolvePath(base, path).segments);
  const own = places.find((segments) => segments.every((segment, index) => segment === at[index]));
  return own && at.slice(own.length);
}

/** Where the manifest says the value of a member at a position. */
export function valuePlace({ parameter, path }: Member, position: number): Path {
  if (parameter.values) {
    const value = parameter.values[position];
    const labelled = typeof value === "object" && value !== null && "label" in value;
    return [...path, "values", position, ...(labelled ? ["value"] : [])];
  }
  return [...path, parameter.range ? "range" : parameter.linspace ? "linspace" : "logspace"];
}
