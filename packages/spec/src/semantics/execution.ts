import type { Issue } from "../issue.ts";
import { isRecord } from "../schema/walk.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import { wrong } from "./axes.ts";

const at = ["spec", "execution"];

/** What a lane's pod must not be patched to, and why. */
const forbidden: Readonly<Record<string, string>> = {
  restartPolicy: "a lane that ends is followed by Allot, not restarted in place",
  serviceAccountName: "lanes have no Kubernetes credentials",
  serviceAccount: "lanes have no Kubernetes credentials",
  automountServiceAccountToken: "lanes have no Kubernetes credentials",
  activeDeadlineSeconds: "use spec.budget.wallClock",
  terminationGracePeriodSeconds: "a lane needs its own time to release a pack",
  hostNetwork: "lanes stay inside the pod's network",
  hostPID: "lanes stay inside the pod's processes",
  hostIPC: "lanes stay inside the pod's memory",
};
/** Fields of the Job, which Allot sizes itself. */
const ofTheJob = [
  "completions",
  "parallelism",
  "completionMode",
  "backoffLimit",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
  "podFailurePolicy",
  "successPolicy",
  "suspend",
  "ttlSecondsAfterFinished",
  "selector",
];

/** Where the data comes from, and what of the pod may be patched. */
export function executionIssues({ execution }: SweepSpec): Issue[] {
  return [...dataIssues(execution.data), ...templateIssues(execution.template ?? {})];
}

function dataIssues(data: SweepSpec["execution"]["data"]): Issue[] {
  const names = data.map(({ name }) => name);
  return data.flatMap((source, index) => {
    const place = [...at, "data", index];
    const given = (["persistentVolumeClaim", "s3", "image"] as const).filter((way) => source[way] !== undefined);
    const issues =
      given.length === 1 ? [] : [wrong(place, `${source.name} needs one of persistentVolumeClaim, s3, image; it has ${given.join(" and ") || "none"}`, source)];
    if (names.indexOf(source.name) < index)
      issues.push(wrong([...place, "name"], `"${source.name}" is already the name of a data source: give each its own`, source.name));
    return issues;
  });
}

function templateIssues(template: Readonly<Record<string, unknown>>): Issue[] {
  const place = [...at, "template"];
  const top = Object.entries(template).flatMap(([name, value]) => {
    if (name === "metadata" || name === "spec") return [];
    const why = ofTheJob.includes(name)
      ? `${name} belongs to the Job, which Allot sizes: use spec.execution.lanes`
      : `the template patches a pod: expected metadata or spec, got "${name}"`;
    return [wrong([...place, name], why, value)];
  });
  const pod = isRecord(template["spec"]) ? template["spec"] : {};
  const inside = Object.entries(pod).flatMap(([name, value]) => {
    if (Object.hasOwn(forbidden, name)) return [wrong([...place, "spec", name], `${name} can't be patched: ${forbidden[name]}`, value)];
    return ofTheJob.includes(name) ? [wrong([...place, "spec", name], `${name} belongs to the Job, which Allot sizes: use spec.execution.lanes`, value)] : [];
  });
  return [...top, ...inside];
}
