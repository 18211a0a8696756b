import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { systemClock } from "@allot/runtime";
import { type ControlPlane, type S3Access, startControlPlane, startNats, startNode, startS3, writeOverlay } from "@allot/testbed";
import { makeImage } from "../../../../tools/images.ts";

const base = fileURLToPath(new URL("../../../../manifests/base", import.meta.url));
const bucket = "results";

/** Allot installed from `manifests/base` on a node that runs its images. */
export interface NodeCluster {
  readonly plane: ControlPlane;
  kubectl(...args: readonly string[]): Promise<string>;
  apply(text: string): Promise<void>;
  /** Where the S3 server keeps a sweep's results: the same layout as a laptop's folder. */
  results(name: string): Promise<string>;
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

/** @param data folder that holds `mnist/` and the like. */
export const startNodeCluster = async ({ data, images }: { readonly data: string; readonly images: readonly string[] }): Promise<NodeCluster> => {
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
  await install({ folder: inside("overlay"), data, plane, store: variablesOf(nats, s3) });
  return {
    plane,
    kubectl,
    apply,
    results: async (name) => {
      const root = path.join(inside("s3"), "buckets", bucket, "allot", "default");
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

const install = async ({ folder, data, plane, store }: { folder: string; data: string; plane: ControlPlane; store: Record<string, string> }) => {
  const environment = { ALLOT_DEFAULT_LANES: "2" };
  const overlay = await writeOverlay({ folder, install: base, controlPlane: plane, store, environment, data });
  await plane.kubectl(["apply", "-k", overlay.folder]);
  const controller = ["deployment/allot-controller", "-n", "allot-system"];
  await plane.kubectl(["rollout", "status", ...controller, "--timeout=60s"]).catch(async (error: unknown) => {
    throw new Error(
      `${String(error)}\n${await plane.kubectl(["describe", "pods", "-n", "allot-system"])}\n${await plane.kubectl(["logs", ...controller]).catch(String)}`,
    );
  });
};
