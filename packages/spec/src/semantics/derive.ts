import type { Issue } from "../issue.ts";
import { PathError, resolvePath } from "../paths.ts";
import type { Derived } from "../sweep/derive.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { type Axis, axesOf, type Path, wrong } from "./axes.ts";
import { labelIssues } from "./baseline.ts";
import { placedPaths } from "./names.ts";
import { pathFault } from "./studyPaths.ts";

/** Each derived number has one budget and one place, which nothing else sets. */
export function deriveIssues(spec: SweepSpec): Issue[] {
  const axes = axesOf(spec);
  return spec.derive.flatMap((derived, index) => {
    const at = ["spec", "derive", index];
    return [...budgetIssues(axes, derived, at), ...placeIssues(spec, axes, { derived, index, at })];
  });
}

function budgetIssues(axes: readonly Axis[], { to, as }: Derived, at: Path): Issue[] {
  if ((to === undefined) === (as === undefined)) return [wrong(at, "give to (a budget) or as (the arm whose cost is the budget), and not both")];
  if (as === undefined) return [];
  if (Object.keys(as).length === 0)
    return [wrong([...at, "as"], "names no arm: give a parameter and its label, as baseline does; what is left out is as in the arm itself", as)];
  return labelIssues(axes, as, [...at, "as"]);
}

function placeIssues(spec: SweepSpec, axes: readonly Axis[], { derived: { path, equal }, index, at }: { derived: Derived; index: number; at: Path }): Issue[] {
  const place = [...at, "path"];
  const { study } = spec.trainer;
  if (!study) return [wrong(at, "a budget is of trainer.study, and the trainer is a command, of which nothing is counted: remove it", path)];
  const fault = pathFault(study, path);
  if (fault !== undefined) return [wrong(place, fault, path)];
  if (equal === "learnableParameters" && !/^(data|model|allocation)\b/.test(path))
    return [wrong(place, `learnableParameters does not depend on ${path}: derive a number of model or allocation, or equal trainingFlops`, path)];
  const own = dotted(study, path);
  if (spec.derive.slice(0, index).some((other) => other.when === undefined && dotted(study, other.path) === own))
    return [wrong(place, `${path} is already derived: keep one of them, or give the first a when`, path)];
  const setter = axes.flatMap(({ members }) => members).find((member) => placedPaths(member).some(({ text }) => isInside(dotted(study, text), own)));
  if (!setter) return [];
  return [wrong(place, `${path} is set by parameter ${setter.parameter.name}, and what is derived can't be a parameter too: keep one of them`, path)];
}

/** One way to write a path: `hidden[0]` and `hidden.0` are the same place. */
function dotted(study: object, path: string): string {
  try {
    return resolvePath(study, path).segments.join(".");
  } catch (error) {
    if (error instanceof PathError) return path;
    throw error;
  }
}

function isInside(path: string, outer: string): boolean {
  return path === outer || path.startsWith(`${outer}.`);
}
