import { mkdir, writeFile } from "node:fs/promises";
import { join, relative, resolve } from "node:path";
import type { ControlPlane } from "./control-plane/control-plane.ts";
import { freePort } from "./process/ports.ts";

export interface OverlayOptions {
  /** Filled with a kustomization; below the checkout or beside it. */
  readonly folder: string;
  /** The folder of the kustomization that is the install. */
  readonly install: string;
  readonly controlPlane: ControlPlane;
  /** What the Secret `allot-store` says, for an install that brings no NATS and no S3 of its own. */
  readonly store?: Readonly<Record<string, string>>;
  /** More of the controller's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Folder on the node that lanes in the namespace `default` find as `/allot/data`. */
  readonly data?: string;
}

/** Where the installed servers listen on this machine. */
export interface Overlay {
  readonly folder: string;
  readonly ports: { readonly controller: number; readonly nats: number; readonly monitor: number; readonly s3: number };
}

const namespace = "allot-system";
const container = "/spec/template/spec/containers/0";

interface Operation {
  readonly op: "add" | "replace";
  readonly path: string;
  readonly value: unknown;
}

const replace = (path: string, value: unknown): Operation => ({ op: "replace", path, value });
const add = (path: string, value: unknown): Operation => ({ op: "add", path, value });

const patch = (kind: string, name: string, operations: readonly Operation[]): unknown => ({ target: { kind, name }, patch: JSON.stringify(operations) });

/** The testbed's node has no pod network, no services and no registry: pods share the machine's network and run images that were imported. */
const here: readonly Operation[] = [add("/spec/template/spec/hostNetwork", true), add("/spec/template/spec/containers/0/imagePullPolicy", "Never")];

/** Writes a kustomization that turns the install into one that the testbed's real node runs, each server at a free port; `kubectl apply -k` its folder. */
export const writeOverlay = async ({ folder, install, controlPlane, store, environment = {}, data }: OverlayOptions): Promise<Overlay> => {
  const [controller, nats, monitor, s3] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
  const ports = { controller, nats, monitor, s3 };
  const { hostname, port } = new URL(controlPlane.server);
  const variables = { KUBERNETES_SERVICE_HOST: hostname, KUBERNETES_SERVICE_PORT: port, ALLOT_HTTP_PORT: String(controller), ...environment };
  const own = { ALLOT_S3_ENDPOINT: `http://127.0.0.1:${s3}`, ALLOT_NATS_URL: `nats://127.0.0.1:${nats}` };
  const kustomization = {
    resources: [relative(resolve(folder), resolve(install)), ...(data === undefined ? [] : [datasetsFile])],
    // Two of them would want the same port of the machine.
    replicas: [{ name: "allot-controller", count: 1 }],
    secretGenerator: [
      {
        name: "allot-store",
        namespace,
        behavior: store === undefined ? "merge" : "create",
        literals: Object.entries(store ?? own).map(([name, value]) => `${name}=${value}`),
        options: { disableNameSuffixHash: true },
      },
    ],
    patches: [
      patch("Namespace", namespace, [replace("/metadata/labels/pod-security.kubernetes.io~1enforce", "privileged")]),
      patch("ConfigMap", "allot-lane-template", [replace("/data/lane-template.yaml", JSON.stringify(laneTemplate(data !== undefined)))]),
      patch("Deployment", "allot-controller", [
        ...here,
        ...Object.entries(variables).map(([name, value]) => add(`${container}/env/-`, { name, value })),
        replace(`${container}/ports/0/containerPort`, controller),
      ]),
      ...(store === undefined ? ownServers(ports) : []),
    ],
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "kustomization.yaml"), JSON.stringify(kustomization, undefined, 2));
  if (data !== undefined) await writeFile(join(folder, datasetsFile), datasets(data));
  return { folder, ports };
};

const ownServers = ({ nats, monitor, s3 }: Overlay["ports"]): unknown[] => [
  patch("Deployment", "allot-nats", [...here, replace(`${container}/ports/0/containerPort`, nats), replace(`${container}/ports/1/containerPort`, monitor)]),
  patch("ConfigMap", "allot-nats", [replace("/data/nats.conf", natsConfiguration(nats, monitor))]),
  patch("Deployment", "allot-s3", [...here, replace(`${container}/args/3`, `--addr=:${s3}`), replace(`${container}/ports/0/containerPort`, s3)]),
];

const natsConfiguration = (port: number, http: number): string =>
  `port: ${port}\nhttp: ${http}\njetstream { store_dir: /data }\nauthorization { user: $ALLOT_NATS_USER, password: $ALLOT_NATS_PASSWORD }\n`;

/** What every lane gets; images that are tagged with a version are not pulled where they are. */
const laneTemplate = (data: boolean): unknown => {
  if (!data) return { spec: { hostNetwork: true } };
  const volumes = [{ name: "datasets", persistentVolumeClaim: { claimName: "datasets", readOnly: true } }];
  const volumeMounts = [{ name: "datasets", mountPath: "/allot/data", readOnly: true }];
  return { spec: { hostNetwork: true, volumes, containers: [{ name: "lane", volumeMounts }] } };
};

const datasetsFile = "datasets.yaml";

/** A volume of a folder on the node, and the claim that lanes name. */
const datasets = (folder: string): string => {
  const volume = { accessModes: ["ReadOnlyMany"], storageClassName: "testbed" };
  const storage = "1Gi";
  const items = [
    { kind: "PersistentVolume", metadata: { name: "datasets" }, spec: { ...volume, capacity: { storage }, hostPath: { path: folder } } },
    {
      kind: "PersistentVolumeClaim",
      metadata: { name: "datasets", namespace: "default" },
      spec: { ...volume, volumeName: "datasets", resources: { requests: { storage } } },
    },
  ];
  return JSON.stringify({ apiVersion: "v1", kind: "List", items: items.map((item) => ({ apiVersion: "v1", ...item })) });
};
