import { canonicalJson, type Sweep, sha256 } from "@allot/spec";
import type { Trouble } from "../lanes.ts";
import { generationLabel, jobName, lanesSecretName, placeOf, priorityLabel, queueLabel, sweepLabel, templateAnnotation } from "../names.ts";
import type { Job, Metadata, PodTemplate } from "../objects.ts";
import { lanePod } from "./lane-pod.ts";
import { strategicMerge } from "./merge.ts";

/** What the install says of lanes; `execution` of a manifest goes before it. */
export interface LaneDefaults {
  /** The worker image. */
  readonly image: string;
  /** A strategic merge patch of the pod template, from the install's ConfigMap. */
  readonly template: Readonly<Record<string, unknown>>;
  /** Why `template` is not the newest: no Job is made of it any more. */
  readonly trouble?: Trouble;
  /** Lanes of a sweep that names no number. */
  readonly lanes: number;
}

export interface JobOptions {
  readonly sweep: Sweep;
  /** The object's own metadata: name, namespace and uid. */
  readonly owner: Metadata;
  readonly generation: number;
  readonly lanes: number;
  readonly suspend: boolean;
  /** The Secret that the store's variables come from, besides the one that the controller makes. */
  readonly storeSecret?: string;
  readonly defaults: LaneDefaults;
}

/** Failed pods of one lane before it is given up; its packs go to the others. */
const failuresPerLane = 10;
/** A finished Job stays this long (s), for its logs. */
const jobTtlSeconds = 3600;

/** Exit codes of a lane that the Job acts on; `worker/src/launch.ts` has them all. */
const misconfigured = 78;
const preempted = 143;

const failurePolicy = {
  rules: [
    // Asked to go, by an eviction or a scale-down: no fault of the lane.
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget", status: "True" }] },
    { action: "Ignore", onExitCodes: { containerName: "lane", operator: "In", values: [preempted] } },
    // Trying again helps nothing until somebody changes something.
    { action: "FailJob", onExitCodes: { containerName: "lane", operator: "In", values: [misconfigured] } },
  ],
};

/** The pod template of a sweep's lanes: ours, then the install's patch, then the manifest's. */
export const laneTemplate = ({ sweep, owner, storeSecret, defaults }: Omit<JobOptions, "generation" | "lanes" | "suspend">): PodTemplate => {
  const own = lanePod({ sweep, place: placeOf(owner), uid: owner.uid ?? "", secrets: secretsOf(owner, storeSecret), image: defaults.image });
  const installed = strategicMerge(own as unknown as Record<string, unknown>, defaults.template);
  return strategicMerge(installed, sweep.spec.execution.template ?? {}) as unknown as PodTemplate;
};

const secretsOf = ({ name }: Metadata, storeSecret: string | undefined): string[] => [
  lanesSecretName(name),
  ...(storeSecret === undefined ? [] : [storeSecret]),
];

/** Hash of a pod template: a Job's template can't be changed, so another hash means another Job. */
export const templateHash = (template: PodTemplate): string => sha256(canonicalJson(template)).slice(0, 16);

/** The Job that runs a sweep's lanes: one index a lane. */
export const laneJob = (options: JobOptions): Job => {
  const { sweep, owner, generation, lanes, suspend } = options;
  const template = laneTemplate(options);
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: jobName(owner.name, generation),
      namespace: owner.namespace ?? "default",
      labels: { ...laneLabels(owner.name), [generationLabel]: String(generation), ...kueueLabels(sweep) },
      annotations: { [templateAnnotation]: templateHash(template) },
      ownerReferences: [{ apiVersion: "allot.dev/v1alpha1", kind: "Sweep", name: owner.name, uid: owner.uid ?? "", controller: true }],
    },
    spec: {
      completionMode: "Indexed",
      completions: lanes,
      parallelism: lanes,
      suspend,
      backoffLimitPerIndex: failuresPerLane,
      podFailurePolicy: failurePolicy,
      ttlSecondsAfterFinished: jobTtlSeconds,
      template: strategicMerge(template as unknown as Record<string, unknown>, { metadata: { labels: laneLabels(owner.name) } }) as unknown as PodTemplate,
    },
  };
};

/** Labels of everything that belongs to a sweep's lanes. */
const laneLabels = (sweep: string): Record<string, string> => ({
  "app.kubernetes.io/name": "allot-lane",
  "app.kubernetes.io/instance": sweep,
  "app.kubernetes.io/part-of": "allot",
  "app.kubernetes.io/managed-by": "allot-controller",
  [sweepLabel]: sweep,
});

/** Kueue reads its queue and priority from the Job. */
const kueueLabels = ({ metadata }: Sweep): Record<string, string> =>
  Object.fromEntries([queueLabel, priorityLabel].flatMap((label) => (metadata.labels[label] === undefined ? [] : [[label, metadata.labels[label]]])));
