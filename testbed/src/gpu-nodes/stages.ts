/**
 * How simulated nodes and pods come to life: a node becomes Ready once, a pod runs as soon
 * as it is scheduled and stays Running until somebody deletes it or patches its status.
 */

interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist";
  readonly values?: readonly string[];
}

interface StageOptions {
  readonly name: string;
  readonly kind: "Node" | "Pod";
  readonly when: readonly Requirement[];
  readonly next: { readonly statusTemplate: string } | { readonly delete: true };
}

const stage = ({ name, kind, when, next }: StageOptions): object => ({
  apiVersion: "kwok.x-k8s.io/v1alpha1",
  kind: "Stage",
  metadata: { name },
  spec: { resourceRef: { apiGroup: "v1", kind }, selector: { matchExpressions: when }, next },
});

const nodeReady = stage({
  name: "node-ready",
  kind: "Node",
  when: [{ key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: "NotIn", values: ["True"] }],
  next: {
    statusTemplate: `{{ $now := Now }}
conditions:
{{ range NodeConditions }}
- type: {{ .type | Quote }}
  status: {{ .status | Quote }}
  reason: {{ .reason | Quote }}
  message: {{ .message | Quote }}
  lastHeartbeatTime: {{ $now | Quote }}
  lastTransitionTime: {{ $now | Quote }}
{{ end }}
phase: Running
`,
  },
});

const podRuns = stage({
  name: "pod-runs",
  kind: "Pod",
  when: [
    { key: ".metadata.deletionTimestamp", operator: "DoesNotExist" },
    { key: ".status.phase", operator: "In", values: ["Pending"] },
  ],
  next: {
    statusTemplate: `{{ $now := Now }}
phase: Running
startTime: {{ $now | Quote }}
conditions:
- { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: ContainersReady, status: "True", lastTransitionTime: {{ $now | Quote }} }
- { type: Ready, status: "True", lastTransitionTime: {{ $now | Quote }} }
{{ with .spec.initContainers }}
initContainerStatuses:
{{ range . }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: true
  started: true
  restartCount: 0
  state: { running: { startedAt: {{ $now | Quote }} } }
{{ end }}
`,
  },
});

const podGone = stage({ name: "pod-gone", kind: "Pod", when: [{ key: ".metadata.deletionTimestamp", operator: "Exists" }], next: { delete: true } });

/** kwok with as many workers as scores of lanes that start at once need. */
const configuration = {
  apiVersion: "config.kwok.x-k8s.io/v1alpha1",
  kind: "KwokConfiguration",
  options: { podPlayStageParallelism: 32, nodePlayStageParallelism: 16, nodeLeaseParallelism: 16, podsOnNodeSyncParallelism: 16 },
};

/** kwok's configuration file. */
export const kwokConfiguration: string = [configuration, nodeReady, podRuns, podGone].map((document) => JSON.stringify(document)).join("\n---\n");
