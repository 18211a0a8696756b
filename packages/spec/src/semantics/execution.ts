import type { Issue } from "../issue.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { wrong } from "./axes.ts";
import { templateIssues } from "./template.ts";

/** Where the data comes from, and what of the pod may be patched. */
export function executionIssues(spec: SweepSpec): Issue[] {
  return [...dataIssues(spec.execution.data), ...templateIssues(spec)];
}

function dataIssues(data: SweepSpec["execution"]["data"]): Issue[] {
  const names = data.map(({ name }) => name);
  return data.flatMap((source, index) => {
    const place = ["spec", "execution", "data", index];
    const given = (["persistentVolumeClaim", "s3", "image"] as const).filter((way) => source[way] !== undefined);
    const issues =
      given.length === 1 ? [] : [wrong(place, `${source.name} needs one of persistentVolumeClaim, s3, image; it has ${given.join(" and ") || "none"}`, source)];
    if (names.indexOf(source.name) < index)
      issues.push(wrong([...place, "name"], `"${source.name}" is already the name of a data source: give each its own`, source.name));
    return issues;
  });
}
