import type { Issue } from "../issue.ts";
import { isRecord } from "../schema/walk.ts";
import type { SweepSpec } from "../sweep/sweep.ts";
import type { Path } from "./axes.ts";
import { wrong } from "./axes.ts";

const at: Path = ["spec", "execution", "template"];

const credentials = "lanes have no Kubernetes credentials";
/** What a lane's pod must not be patched to, and why. */
const ofThePod: Readonly<Record<string, string>> = {
  restartPolicy: "a lane that ends is followed by Allot, not restarted in place",
  serviceAccountName: credentials,
  serviceAccount: credentials,
  automountServiceAccountToken: credentials,
  activeDeadlineSeconds: "use spec.budget.wallClock",
  terminationGracePeriodSeconds: "a lane needs its own time to release a pack",
  hostPID: "lanes stay inside the pod's processes",
  hostIPC: "lanes stay inside the pod's memory",
  hostname: "a lane's host is called after its index",
  imagePullSecrets: "use spec.execution.imagePullSecrets",
};
/** What the container `lane` must not be patched to, and why. */
const ofTheLane: Readonly<Record<string, string>> = {
  command: "a lane runs Allot's worker; a program of yours goes to spec.trainer.command",
  args: "a lane runs Allot's worker; a program of yours goes to spec.trainer.command",
  image: "use spec.execution.image",
  imagePullPolicy: "use spec.execution.imagePullPolicy",
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
const sizes = "belongs to the Job, which Allot sizes: use spec.execution.lanes";

/** What of the lanes' pod may not be patched. */
export function templateIssues({ execution }: SweepSpec): Issue[] {
  const { template, data } = execution;
  if (!template) return [];
  const pod = isRecord(template["spec"]) ? template["spec"] : {};
  const volumes = new Set(data.map(({ name }) => `data-${name}`));
  return [
    ...Object.entries(template).flatMap(([name, value]) => topIssue(name, value)),
    ...directives(template, at),
    ...metadataIssues(template["metadata"]),
    ...Object.entries(pod).flatMap(([name, value]) => fieldIssue({ ...ofThePod, ...jobFields }, [...at, "spec", name], value)),
    ...named(pod["containers"]).flatMap(({ entry, index }) => containerIssues(entry, [...at, "spec", "containers", index])),
    ...named(pod["volumes"]).flatMap(({ entry, index }) => volumeIssue(entry, [...at, "spec", "volumes", index], volumes)),
  ];
}

const jobFields = Object.fromEntries(ofTheJob.map((name) => [name, sizes]));

function topIssue(name: string, value: unknown): Issue[] {
  if (name === "metadata" || name === "spec") return [];
  const why = ofTheJob.includes(name) ? `${name} ${sizes}` : `the template patches a pod: expected metadata or spec, got "${name}"`;
  return [wrong([...at, name], why, value)];
}

function fieldIssue(fields: Readonly<Record<string, string>>, place: Path, value: unknown): Issue[] {
  const name = String(place.at(-1));
  if (!Object.hasOwn(fields, name)) return [];
  return [wrong(place, fields[name] === sizes ? `${name} ${sizes}` : `${name} can't be patched: ${fields[name]}`, value)];
}

function metadataIssues(metadata: unknown): Issue[] {
  if (!isRecord(metadata)) return [];
  return Object.entries(metadata).flatMap(([name, value]) => {
    if (name !== "labels" && name !== "annotations") return [wrong([...at, "metadata", name], `expected labels or annotations, got "${name}"`, value)];
    return Object.entries(isRecord(value) ? value : {})
      .filter(([key]) => key.startsWith("allot.dev/"))
      .map(([key, text]) => wrong([...at, "metadata", name, key], `${key} can't be patched: Allot finds its lanes by it`, text));
  });
}

function containerIssues(container: Readonly<Record<string, unknown>>, place: Path): Issue[] {
  if (typeof container["name"] !== "string")
    return [wrong(place, "a patch finds a container by its name: add `name: lane`, or the name of a container of your own", container)];
  if (container["name"] !== "lane") return [];
  return [
    ...Object.entries(container).flatMap(([name, value]) => fieldIssue(ofTheLane, [...place, name], value)),
    ...named(container["env"])
      .filter(({ entry }) => String(entry["name"]).startsWith("ALLOT_"))
      .map(({ entry, index }) => wrong([...place, "env", index, "name"], `${String(entry["name"])} can't be patched: Allot sets it`, entry["name"])),
  ];
}

function volumeIssue(volume: Readonly<Record<string, unknown>>, place: Path, ofData: ReadonlySet<string>): Issue[] {
  const { name } = volume;
  if (typeof name !== "string") return [wrong(place, "a patch finds a volume by its name: add one", volume)];
  const owner = ofData.has(name) ? "spec.execution.data" : "Allot";
  return ofData.has(name) || name === "agent" ? [wrong([...place, "name"], `"${name}" is a volume of ${owner}: choose another name`, name)] : [];
}

/** `$patch: delete` could take the lane away. */
function directives(value: unknown, place: Path): Issue[] {
  if (Array.isArray(value)) return value.flatMap((entry, index) => directives(entry, [...place, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    name.startsWith("$")
      ? [wrong([...place, name], `directives such as ${name} are not accepted: a patch adds and replaces`, inner)]
      : directives(inner, [...place, name]),
  );
}

function named(list: unknown): { entry: Readonly<Record<string, unknown>>; index: number }[] {
  return Array.isArray(list) ? list.flatMap((entry, index) => (isRecord(entry) ? [{ entry, index }] : [])) : [];
}
