import { checkStudyInput } from "../check-study.ts";
import type { Issue } from "../issue.ts";
import { PathError, setPath } from "../paths.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { axesOf, wrong } from "./axes.ts";
import { placedPaths } from "./names.ts";
import { pathFault } from "./studyPaths.ts";

/** Stages are named once and set fields the study has. */
export function stageIssues(spec: SweepSpec): Issue[] {
  const names = spec.stages.map(({ name }) => name);
  return spec.stages.flatMap((stage, index) => {
    const at = ["spec", "stages", index];
    const issues = Object.entries(stage.set).flatMap(([path, value]) => settingIssues(spec, [...at, "set", path], value));
    if (issues.length === 0) issues.push(...togetherIssues(spec, [...at, "set"], stage.set));
    if (names.indexOf(stage.name) < index)
      issues.unshift(wrong([...at, "name"], `"${stage.name}" is already the name of a stage: give each its own`, stage.name));
    if (stage.keep && index === names.length - 1)
      issues.push(wrong([...at, "keep"], "the last stage has none after it to keep arms for: remove keep", stage.keep));
    return issues;
  });
}

function settingIssues(spec: SweepSpec, at: Issue["path"], value: unknown): Issue[] {
  const { study } = spec.trainer;
  if (!study) return [];
  const path = String(at.at(-1));
  const fault = pathFault(study, path) ?? overwrittenFault(spec, path);
  if (fault !== undefined) return [wrong(at, fault, value)];
  try {
    const checked = checkStudyInput(setPath(study, path, value));
    return "issues" in checked ? checked.issues.slice(0, 1).map(({ message }) => wrong(at, message, value)) : [];
  } catch (cause) {
    if (cause instanceof PathError) return [wrong(at, cause.message, value)];
    throw cause;
  }
}

/** Fields that may be set one by one need not go together. */
function togetherIssues({ trainer: { study } }: SweepSpec, at: Issue["path"], set: Readonly<Record<string, unknown>>): Issue[] {
  if (!study) return [];
  const checked = checkStudyInput(Object.entries(set).reduce<object>((written, [path, value]) => setPath(written, path, value), study));
  return "issues" in checked ? checked.issues.slice(0, 1).map(({ message }) => wrong(at, message, set)) : [];
}

/** A stage sets the study that parameters are put into: what a parameter replaces everywhere would say nothing there. */
function overwrittenFault(spec: SweepSpec, path: string): string | undefined {
  const always = axesOf(spec).filter(({ when }) => when === undefined);
  const owner = always.flatMap(({ members }) => members).find((member) => placedPaths(member).some(({ text }) => text === path || path.startsWith(`${text}.`)));
  if (!owner) return undefined;
  return `the parameter "${owner.parameter.name}" gives ${path} its value in every trial, so a stage can't set it: set another field, or take the parameter out`;
}
