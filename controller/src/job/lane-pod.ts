import type { Sweep } from "@allot/spec";
import type { PodTemplate } from "../objects.ts";
import { asksForGpu, laneThreads } from "./threads.ts";

export interface LanePodOptions {
  readonly sweep: Sweep;
  /** `<namespace>/<name>-<uid8>`. */
  readonly place: string;
  readonly uid: string;
  /** Secrets whose keys become variables; a later one goes before an earlier one. */
  readonly secrets: readonly string[];
  readonly image: string;
}

/** Folders of a lane's container. */
const folders = { data: "/allot/data", cache: "/allot/cache", agent: "/allot/agent", temporary: "/tmp" };

/** Longer than a lane needs to keep what it has finished of a pack. */
const graceSeconds = 60;
/** An account that exists in no image and owns nothing. */
const nobody = 65_532;

/** The pod of a lane before any patch: no Kubernetes credentials, no root, nothing to write but scratch volumes. */
export const lanePod = (options: LanePodOptions): PodTemplate => {
  const { sweep } = options;
  const { execution, trainer } = sweep.spec;
  const agent = trainer.command === undefined ? undefined : agentOf(options);
  return {
    spec: {
      restartPolicy: "Never",
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: graceSeconds,
      securityContext: { runAsNonRoot: true, runAsUser: nobody, runAsGroup: nobody, fsGroup: nobody, seccompProfile: { type: "RuntimeDefault" } },
      ...(execution.imagePullSecrets.length > 0 ? { imagePullSecrets: execution.imagePullSecrets } : {}),
      ...(agent ? { initContainers: [agent.install] } : {}),
      containers: [{ ...laneContainer(options), ...agent?.lane }],
      volumes: [...dataVolumes(sweep), ...scratch(agent !== undefined).map(({ name }) => ({ name, emptyDir: {} }))],
    },
  };
};

const locked = { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ["ALL"] } };

const laneContainer = (options: LanePodOptions): Record<string, unknown> => {
  const { sweep, secrets } = options;
  const { execution, trainer } = sweep.spec;
  return {
    name: "lane",
    image: trainer.command?.image ?? execution.image ?? options.image,
    ...(execution.imagePullPolicy === undefined ? {} : { imagePullPolicy: execution.imagePullPolicy }),
    env: laneEnvironment(options),
    envFrom: secrets.map((name) => ({ secretRef: { name } })),
    ...resourcesOf(sweep),
    terminationMessagePolicy: "FallbackToLogsOnError",
    securityContext: locked,
    volumeMounts: [...dataMounts(sweep), ...scratch(trainer.command !== undefined)],
  };
};

const laneEnvironment = ({ sweep, place, uid, image }: LanePodOptions): Record<string, unknown>[] => {
  const objects = sweep.spec.execution.data.flatMap(({ name, s3 }) => (s3 ? [{ name, ...s3 }] : []));
  const threads = laneThreads(sweep);
  return [
    { name: "ALLOT_SWEEP", value: place },
    { name: "ALLOT_SWEEP_UID", value: uid },
    { name: "ALLOT_LANE", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    { name: "ALLOT_LANE_MEMORY", valueFrom: { resourceFieldRef: { containerName: "lane", resource: "limits.memory" } } },
    ...(threads > 1 ? [{ name: "ALLOT_LANE_THREADS", value: String(threads) }] : []),
    ...(asksForGpu(sweep) ? [{ name: "ALLOT_LANE_GPU", value: "true" }] : []),
    { name: "ALLOT_IMAGE", value: sweep.spec.trainer.command?.image ?? sweep.spec.execution.image ?? image },
    { name: "ALLOT_DATA", value: folders.data },
    { name: "ALLOT_CACHE", value: folders.cache },
    ...(objects.length > 0 ? [{ name: "ALLOT_DATA_S3", value: JSON.stringify(objects) }] : []),
  ];
};

const resourcesOf = ({ spec }: Sweep): { resources?: Record<string, unknown> } => {
  const { limits, requests } = spec.execution.resources;
  const given = Object.entries({ limits, requests }).filter(([, amounts]) => Object.keys(amounts).length > 0);
  return given.length > 0 ? { resources: Object.fromEntries(given) } : {};
};

/** Any program: the lane is copied into a volume and runs beside the program, in the program's own image. */
const agentOf = ({ sweep, image }: LanePodOptions): { install: Record<string, unknown>; lane: Record<string, unknown> } => ({
  install: {
    name: "agent",
    image: sweep.spec.execution.image ?? image,
    ...(sweep.spec.execution.imagePullPolicy === undefined ? {} : { imagePullPolicy: sweep.spec.execution.imagePullPolicy }),
    args: ["install", folders.agent],
    securityContext: locked,
    volumeMounts: [{ name: "agent", mountPath: folders.agent }],
  },
  lane: { command: [`${folders.agent}/node`, `${folders.agent}/lane.mjs`] },
});

/** Volumes that a lane writes to; they go with the pod. */
const scratch = (agent: boolean): { name: string; mountPath: string }[] => [
  { name: "cache", mountPath: folders.cache },
  { name: "temporary", mountPath: folders.temporary },
  ...(agent ? [{ name: "agent", mountPath: folders.agent }] : []),
];

const dataVolumes = ({ spec }: Sweep): Record<string, unknown>[] =>
  spec.execution.data.flatMap(({ name, persistentVolumeClaim, image }) => [
    ...(persistentVolumeClaim ? [{ name: `data-${name}`, persistentVolumeClaim: { claimName: persistentVolumeClaim.claimName, readOnly: true } }] : []),
    ...(image === undefined ? [] : [{ name: `data-${name}`, image: { reference: image } }]),
  ]);

const dataMounts = ({ spec }: Sweep): Record<string, unknown>[] =>
  spec.execution.data.flatMap(({ name, persistentVolumeClaim, image }) =>
    persistentVolumeClaim || image !== undefined
      ? [
          {
            name: `data-${name}`,
            mountPath: `${folders.data}/${name}`,
            readOnly: true,
            ...(persistentVolumeClaim?.path === undefined ? {} : { subPath: persistentVolumeClaim.path }),
          },
        ]
      : [],
  );
