import { checkStudyInput } from "../check-study.ts";
import type { Issue } from "../issue.ts";
import { PathError, setPath } from "../paths.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { wrong } from "./axes.ts";
import { pathFault } from "./studyPaths.ts";

/** Stages are named once and set fields the study has. */
export function stageIssues(spec: SweepSpec): Issue[] {
  const names = spec.stages.map(({ name }) => name);
  return spec.stages.flatMap((stage, index) => {
    const at = ["spec", "stages", index];
    const issues = Object.entries(stage.set).flatMap(([path, value]) => settingIssues(spec, [...at, "set", path], value));
    if (names.indexOf(stage.name) < index)
      issues.unshift(wrong([...at, "name"], `"${stage.name}" is already the name of a stage: give each its own`, stage.name));
    if (stage.keep && index === names.length - 1)
      issues.push(wrong([...at, "keep"], "the last stage has none after it to keep arms for: remove keep", stage.keep));
    return issues;
  });
}

function settingIssues({ trainer: { study } }: SweepSpec, at: Issue["path"], value: unknown): Issue[] {
  if (!study) return [];
  const path = String(at.at(-1));
  const fault = pathFault(study, path);
  if (fault !== undefined) return [wrong(at, fault, value)];
  try {
    const checked = checkStudyInput(setPath(study, path, value));
    return "issues" in checked ? checked.issues.slice(0, 1).map(({ message }) => wrong(at, message, value)) : [];
  } catch (cause) {
    if (cause instanceof PathError) return [wrong(at, cause.message, value)];
    throw cause;
  }
}
