import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@allot/runtime";
import { type ControlPlane, type RealNode, type S3Access, type Server, startControlPlane, startNats, startNode, startS3 } from "@allot/testbed";
import { makeImage } from "../../../../tools/images.ts";

const repository = fileURLToPath(new URL("../../../../", import.meta.url));
const bucket = "results";

/** Allot installed from `manifests/base` on a node that runs its images. */
export interface NodeCluster {
  readonly folder: string;
  readonly plane: ControlPlane;
  readonly node: RealNode;
  readonly nats: Server & { readonly url: string };
  readonly s3: Server & S3Access;
  kubectl(...args: readonly string[]): Promise<string>;
  apply(text: string): Promise<void>;
  /** Where the S3 server keeps a sweep's results: the same layout as a laptop's folder. */
  results(name: string, namespace?: string): Promise<string>;
  /** Waits until a sweep's condition is as asked for; gives its message. */
  condition(name: string, type: string, o?: { readonly reason?: string; readonly seconds?: number }): Promise<string>;
  stop(): Promise<void>;
}

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/**
 * Pods of the testbed's node use its network, and its images come from no registry: the one thing that an install of ours says
 * of every lane, besides where the data are.
 * @param data folder on the node that lanes find as theirs; empty for none.
 */
const overlay = (data: string, port: number, server: URL): Record<string, string> => {
  const volumes = data === "" ? {} : { volumes: [{ name: "datasets", persistentVolumeClaim: { claimName: "datasets", readOnly: true } }] };
  const mounts = data === "" ? {} : { volumeMounts: [{ name: "datasets", mountPath: "/allot/data", readOnly: true }] };
  const lane = { spec: { hostNetwork: true, ...volumes, containers: [{ name: "lane", imagePullPolicy: "Never", ...mounts }] } };
  const ports = {
    ports: [{ $patch: "replace" }, { name: "http", containerPort: port }],
    env: [
      { name: "ALLOT_HTTP_PORT", value: String(port) },
      { name: "ALLOT_DEFAULT_LANES", value: "2" },
      // Nothing routes the cluster's own addresses here.
      { name: "KUBERNETES_SERVICE_HOST", value: server.hostname },
      { name: "KUBERNETES_SERVICE_PORT", value: server.port },
    ],
  };
  const controller = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "allot-controller", namespace: "allot-system" },
    spec: { replicas: 1, template: { spec: { hostNetwork: true, containers: [{ name: "controller", imagePullPolicy: "Never", ...ports }] } } },
  };
  const template = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "allot-lane-template", namespace: "allot-system" },
    data: { "lane-template.yaml": JSON.stringify(lane) },
  };
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "allot-system", labels: { "pod-security.kubernetes.io/enforce": "privileged" } } };
  const patches = [controller, template, namespace].map((patch) => ({ patch: JSON.stringify(patch) }));
  return { "kustomization.yaml": JSON.stringify({ resources: ["../base"], patches }) };
};

/** A volume of a folder on the node, and the claim that lanes name. */
const dataset = (folder: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "List",
    items: [
      {
        apiVersion: "v1",
        kind: "PersistentVolume",
        metadata: { name: "datasets" },
        spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadOnlyMany"], storageClassName: "testbed", hostPath: { path: folder } },
      },
      {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "datasets", namespace: "default" },
        spec: { accessModes: ["ReadOnlyMany"], storageClassName: "testbed", volumeName: "datasets", resources: { requests: { storage: "1Gi" } } },
      },
    ],
  });

/** @param data folder that holds `mnist/` and the like. */
export const startNodeCluster = async ({
  data = "",
  images = [],
}: {
  readonly data?: string;
  readonly images?: readonly string[];
} = {}): Promise<NodeCluster> => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "allot-node-cluster-"));
  const inside = (name: string): string => path.join(folder, name);
  const plane = await startControlPlane({ folder: inside("kubernetes"), controllers: true });
  const [node, nats, s3] = await Promise.all([
    startNode(plane, { folder: inside("node") }),
    startNats({ folder: inside("nats") }),
    startS3({ folder: inside("s3"), buckets: [bucket] }),
  ]);
  const kubectl: NodeCluster["kubectl"] = async (...args) => plane.kubectl(args);
  const apply: NodeCluster["apply"] = async (text) => void (await plane.kubectl(["apply", "-f", "-"], { input: text }));
  await mkdir(inside("images"));
  for (const image of ["allot/controller:0.1.0", "allot/worker:0.1.0", ...images]) await node.importImage(await makeImage(image, inside("images")));
  await install({ folder, data, kubectl, apply, variables: variablesOf(nats, s3), server: plane.server });
  return {
    folder,
    plane,
    node,
    nats,
    s3,
    kubectl,
    apply,
    results: async (name, namespace = "default") => {
      const root = path.join(inside("s3"), "buckets", bucket, "allot", namespace);
      const found = (await readdir(root)).filter((entry) => entry.startsWith(`${name}-`));
      if (found.length !== 1) throw new Error(`results of ${name}: ${found.join(", ") || "none"}`);
      return path.join(root, found[0]!);
    },
    condition: async (name, type, { reason, seconds = 60 } = {}) => {
      const deadline = systemClock.monotonic() + seconds * 1000;
      for (let last = ""; ; ) {
        last = await kubectl("get", "sweep", name, "-o", "jsonpath={.status.conditions}").catch(String);
        const conditions: Condition[] = last.startsWith("[") ? JSON.parse(last) : [];
        const found = conditions.find((one) => one.type === type && one.status === "True" && (reason === undefined || one.reason === reason));
        if (found) return found.message;
        if (systemClock.monotonic() > deadline)
          throw new Error(`${name}: not ${type} ${reason ?? ""} within ${seconds} s: ${last}\n${await kubectl("describe", "pods", "-A")}`);
        await systemClock.sleep(250, { signal: new AbortController().signal });
      }
    },
    stop: async () => {
      await node.stop();
      await Promise.all([plane.stop(), nats.stop(), s3.stop()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
};

const variablesOf = (nats: { readonly url: string }, s3: S3Access): Record<string, string> => ({
  ALLOT_STORE: `s3://${bucket}/allot`,
  ALLOT_S3_ENDPOINT: s3.endpoint,
  AWS_REGION: s3.region,
  AWS_ACCESS_KEY_ID: s3.accessKeyId,
  AWS_SECRET_ACCESS_KEY: s3.secretAccessKey,
  ALLOT_NATS_URL: nats.url,
});

interface Install {
  readonly folder: string;
  readonly data: string;
  readonly kubectl: NodeCluster["kubectl"];
  readonly apply: NodeCluster["apply"];
  readonly variables: Record<string, string>;
  readonly server: string;
}

const install = async ({ folder, data, kubectl, apply, variables, server }: Install): Promise<void> => {
  // A kustomization may only name bases relative to itself, and the copy keeps the checkout clean.
  const manifests = path.join(folder, "manifests");
  for (const part of ["base", "crd", "rbac", "controller"]) await copy(path.join(repository, "manifests", part), path.join(manifests, part));
  await mkdir(path.join(manifests, "testbed"));
  const port = 20_000 + (process.pid % 20_000);
  for (const [name, text] of Object.entries(overlay(data, port, new URL(server)))) await writeFile(path.join(manifests, "testbed", name), text);
  if (data !== "") await apply(dataset(data));
  await kubectl("apply", "-k", path.join(manifests, "testbed"));
  await apply(JSON.stringify({ apiVersion: "v1", kind: "Secret", metadata: { name: "allot-store", namespace: "allot-system" }, stringData: variables }));
  await kubectl("rollout", "status", "deployment/allot-controller", "-n", "allot-system", "--timeout=60s").catch(async (error: unknown) => {
    throw new Error(
      `${String(error)}\n${await kubectl("describe", "pods", "-n", "allot-system")}\n${await kubectl("logs", "deployment/allot-controller", "-n", "allot-system").catch(String)}`,
    );
  });
};

const copy = async (from: string, to: string): Promise<void> => {
  const { cp } = await import("node:fs/promises");
  await cp(from, to, { recursive: true });
};
