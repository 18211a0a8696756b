import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { events, type KubeObject } from "@allot/kube";
import { startNats, startS3 } from "@allot/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cluster, type Running } from "./testing/cluster.ts";
import { idleIn, secretOf } from "./testing/idle.ts";

/** Several at once, on a machine that may be busy. */
const patience = { timeout: 150_000 };
const { signal } = new AbortController();
const passwords = { right: "nats-hushhush-right", wrong: "nats-hushhush-wrong" };
const wrongSecret = "allot-not-the-secret";
const said: (() => string)[] = [];
const stopping: (() => Promise<void>)[] = [];
let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
  // No default store: each namespace names its own.
  said.push((await cluster.startController({ ALLOT_STORE: "" })).output);
});
afterAll(async () => {
  await cluster?.stop();
  for (const stop of stopping) await stop();
});

type Variables = Readonly<Record<string, string | undefined>>;

/** Faults of a person's or a machine's making, each in a namespace of its own. */
const place = async (namespace: string, variables?: Variables): Promise<void> => {
  await cluster.controlPlane.kubectl(["create", "namespace", namespace]);
  if (variables) await store(namespace, variables);
};
const store = async (namespace: string, variables: Variables, name = "allot-store"): Promise<void> => {
  const { ALLOT_NATS_URL: _install, ...own } = cluster.environment();
  await cluster.apply(secretOf(name, namespace, { ...own, ...variables }));
};

/** Waits until a sweep says what keeps it from going on, as conditions and as an event. @returns its words */
const stalled = async (namespace: string, reason: string): Promise<string> => {
  const { status } = await cluster.condition("sweep", "Stalled", { namespace, reason, seconds: 30 });
  const conditions = Object.fromEntries((status?.conditions ?? []).map((one) => [one.type, one]));
  expect(conditions["Progressing"]).toMatchObject({ status: "False" });
  const message = conditions["Stalled"]?.message ?? "";
  await cluster.until(`an event ${reason}`, async () => {
    const { items } = await cluster.kube.resource(events).list({ namespace, signal });
    return items.some((event) => event.type === "Warning" && event.reason === reason && event.message?.startsWith(message.slice(0, 500)));
  });
  return message;
};

/** After the mend nothing else is said: lanes come, and the sweep is complete. */
const completes = async (namespace: string, variables: NodeJS.ProcessEnv = {}): Promise<void> => {
  await cluster.until("the queue", async () => !(await stalledFor(namespace, /Store|Bucket|Credentials|Transport/)), 45);
  const lane = await startLane(namespace, variables);
  const { status } = await cluster.condition("sweep", "Complete", { namespace });
  expect(status?.trials).toMatchObject({ total: 8, succeeded: 8, pending: 0, running: 0, failed: 0 });
  expect(await lane.exited).toBe(0);
};
const stalledFor = async (namespace: string, reason: RegExp): Promise<boolean> =>
  (await cluster.sweep("sweep", namespace)).status?.conditions?.some(
    (one) => one.type === "Stalled" && one.status === "True" && reason.test(one.reason ?? ""),
  ) ?? true;
const startLane = async (namespace: string, more: NodeJS.ProcessEnv = {}): Promise<Running> => {
  const lane = await cluster.startLane("sweep", { namespace, more });
  said.push(lane.output);
  return lane;
};
const sweep = (namespace: string, spec: Readonly<Record<string, unknown>> = {}): KubeObject => idleIn(namespace, "sweep", spec);

const podsIn = async (namespace: string): Promise<string[]> =>
  (await cluster.controlPlane.kubectl(["get", "pods", "-n", namespace, "-o", "jsonpath={.items[*].metadata.name}"])).split(" ").filter((name) => name !== "");
const patchPod = async (namespace: string, pod: string, status: object): Promise<unknown> =>
  cluster.controlPlane.kubectl(["patch", "pod", pod, "-n", namespace, "--subresource=status", "--type=merge", "-p", JSON.stringify({ status })]);
/** What a lane says at its end. */
const lastWords = ({ output }: Running): string => JSON.parse(output().trim().split("\n").at(-1) ?? "{}").message;
/** Plays the kubelet of a pod whose lane found itself started wrongly. */
const failPod = async (namespace: string, pod: string, message: string): Promise<void> => {
  const terminated = { exitCode: 78, reason: "Error", message, finishedAt: new Date().toISOString() };
  const containerStatuses = [{ name: "lane", image: "i", imageID: "i", ready: false, restartCount: 0, state: { terminated } }];
  await patchPod(namespace, pod, { phase: "Failed", containerStatuses });
};
const podQuota = (namespace: string, pods: string): KubeObject & { spec: unknown } => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: { name: "few", namespace },
  spec: { hard: { pods } },
});

describe.concurrent("a store", patience, () => {
  it("whose bucket is missing: made, and it goes on", async () => {
    await place("bucket", { ALLOT_STORE: "s3://resluts/allot" });
    await cluster.apply(sweep("bucket"));
    expect(await stalled("bucket", "BucketNotFound")).toContain('bucket "resluts" does not exist');
    await cluster.bucket("resluts");
    await completes("bucket", { ALLOT_STORE: "s3://resluts/allot" });
  });

  it("that rejects the credentials: the Secret corrected, and it goes on", async () => {
    await place("credentials", { AWS_SECRET_ACCESS_KEY: wrongSecret });
    await cluster.apply(sweep("credentials"));
    expect(await stalled("credentials", "CredentialsRejected")).toContain("correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
    await store("credentials", {});
    await completes("credentials");
  });

  it("that is away at the start, and goes away later: started again, and it goes on", async () => {
    const s3 = await startS3({ folder: join(cluster.folder, "own-s3"), buckets: ["own"] });
    stopping.push(async () => s3.stop());
    await s3.kill();
    const own = { ALLOT_STORE: "s3://own", ALLOT_S3_ENDPOINT: s3.endpoint };
    await place("away", own);
    await cluster.apply(sweep("away"));
    expect(await stalled("away", "StoreUnreachable")).toContain("can't be reached (ECONNREFUSED)");
    await s3.start();
    await cluster.condition("sweep", "Stalled", { namespace: "away", reason: "LanesUnschedulable" });
    await s3.kill();
    expect(await stalled("away", "StoreUnreachable")).toContain("can't be reached (ECONNREFUSED)");
    await s3.start();
    await completes("away", own);
  });

  it("that nobody names: named, and it goes on", async () => {
    await place("unnamed");
    await cluster.apply(sweep("unnamed"));
    expect(await stalled("unnamed", "StoreNotConfigured")).toContain("create Secret unnamed/allot-store with the keys ALLOT_STORE");
    await store("unnamed", {});
    await completes("unnamed");
  });

  it("whose Secret is missing: created, and it goes on", async () => {
    await place("secret");
    await cluster.apply(sweep("secret", { execution: { lanes: 2, store: { secretName: "ours" } } }));
    expect(await stalled("secret", "StoreSecretMissing")).toContain("Secret secret/ours, which spec.execution.store.secretName names, does not exist");
    await store("secret", {}, "ours");
    await completes("secret");
  });
});

describe.concurrent("NATS", patience, () => {
  it("that is away at the start, and goes away later: started again, and it goes on", async () => {
    const nats = await startNats({ folder: join(cluster.folder, "own-nats") });
    stopping.push(async () => nats.stop());
    await nats.kill();
    await place("broker", { ALLOT_NATS_URL: nats.url });
    await cluster.apply(sweep("broker"));
    expect(await stalled("broker", "TransportUnreachable")).toContain("correct ALLOT_NATS_URL");
    await nats.start();
    await cluster.condition("sweep", "Stalled", { namespace: "broker", reason: "LanesUnschedulable" });
    await nats.kill();
    expect(await stalled("broker", "TransportUnreachable")).toContain(nats.url.replace("nats://", ""));
    await nats.start();
    await completes("broker", { ALLOT_NATS_URL: nats.url });
  });

  it("that refuses the password: the Secret corrected, and it goes on", async () => {
    const login = { user: "allot", password: passwords.right };
    const nats = await startNats({ folder: join(cluster.folder, "locked-nats"), credentials: login });
    stopping.push(async () => nats.stop());
    const variables = { ALLOT_NATS_URL: nats.url, ALLOT_NATS_USER: login.user };
    await place("password", { ...variables, ALLOT_NATS_PASSWORD: passwords.wrong });
    await cluster.apply(sweep("password"));
    expect(await stalled("password", "TransportUnreachable")).toContain("ALLOT_NATS_PASSWORD");
    await store("password", { ...variables, ALLOT_NATS_PASSWORD: passwords.right });
    await completes("password", { ...variables, ALLOT_NATS_PASSWORD: passwords.right });
  });
});

describe.concurrent("lanes", patience, () => {
  it("that no node takes: a node added, and they run", async () => {
    await place("nodes", {});
    // Tainted, or it would take the lanes of the tests beside this one too.
    const taint = { key: "pool", value: "later", effect: "NoSchedule" };
    const spec = { nodeSelector: { pool: "later" }, tolerations: [{ ...taint, operator: "Equal" }] };
    await cluster.apply(sweep("nodes", { execution: { lanes: 1, template: { spec } } }));
    expect(await stalled("nodes", "LanesUnschedulable")).toContain("lower execution.resources or execution.lanes, change execution.template, or add nodes");
    const capacity = { cpu: "4", memory: "4Gi", pods: "10" };
    const node = { apiVersion: "v1", kind: "Node", metadata: { name: "later", labels: { pool: "later" } }, spec: { taints: [taint] } };
    await cluster.apply(node);
    const ready = { status: { capacity, allocatable: capacity, conditions: [{ type: "Ready", status: "True", reason: "Test", message: "" }] } };
    await cluster.controlPlane.kubectl(["patch", "node", "later", "--subresource=status", "--type=merge", "-p", JSON.stringify(ready)]);
    await cluster.controlPlane.kubectl(["taint", "node", "later", "node.kubernetes.io/not-ready-"]).catch(() => undefined);
    const pod = await cluster.until("a pod", async () => (await podsIn("nodes"))[0]);
    await cluster.until("a node for it", async () => cluster.controlPlane.kubectl(["get", "pod", pod, "-n", "nodes", "-o", "jsonpath={.spec.nodeName}"]));
    await patchPod("nodes", pod, { phase: "Running" });
    await cluster.condition("sweep", "Progressing", { namespace: "nodes", reason: "LanesRunning" });
    await completes("nodes");
  });

  it("that a quota refuses: the quota raised, and they come", async () => {
    await place("quota", {});
    await cluster.apply(podQuota("quota", "0"));
    await cluster.until("the quota in force", async () =>
      cluster.controlPlane.kubectl(["get", "quota", "few", "-n", "quota", "-o", "jsonpath={.status.hard.pods}"]),
    );
    await cluster.apply(sweep("quota"));
    expect(await stalled("quota", "LanesRefused")).toContain("exceeded quota: few");
    await cluster.apply(podQuota("quota", "10"));
    await cluster.until("pods", async () => (await podsIn("quota")).length > 0, 90);
    await completes("quota");
  });

  it("whose Job a quota refuses: the quota taken away, and it comes", async () => {
    await place("jobs", {});
    await cluster.controlPlane.kubectl(["create", "quota", "no-jobs", "-n", "jobs", "--hard=count/jobs.batch=0"]);
    await cluster.until("the quota in force", async () =>
      cluster.controlPlane.kubectl(["get", "quota", "no-jobs", "-n", "jobs", "-o", "jsonpath={.status.hard}"]),
    );
    await cluster.apply(sweep("jobs"));
    expect(await stalled("jobs", "JobRefused")).toContain("exceeded quota: no-jobs");
    await cluster.controlPlane.kubectl(["delete", "quota", "no-jobs", "-n", "jobs"]);
    await cluster.until("a Job", async () => cluster.controlPlane.kubectl(["get", "job", "sweep-1", "-n", "jobs", "-o", "name"]));
    await completes("jobs");
  });

  it("whose template breaks the pod: mended, and their Job comes", async () => {
    await place("template", {});
    const container = { name: "lane", volumeMounts: [{ name: "nowhere", mountPath: "/x" }] };
    await cluster.apply(sweep("template", { execution: { lanes: 1, template: { spec: { containers: [container] } } } }));
    expect(await stalled("template", "JobRefused")).toContain("correct execution.template");
    await cluster.apply(sweep("template", { execution: { lanes: 1 } }));
    await cluster.until("a Job", async () => cluster.controlPlane.kubectl(["get", "job", "sweep-1", "-n", "template", "-o", "name"]), 15);
    await completes("template");
  });

  it("that asked for a GPU and see none: said as such, before a trial is trained", async () => {
    await place("gpu", {});
    await cluster.apply(sweep("gpu", { execution: { lanes: 1, resources: { limits: { "nvidia.com/gpu": 1 } } } }));
    const pod = await cluster.until("a pod", async () => (await podsIn("gpu"))[0]);
    const lane = await startLane("gpu", { ALLOT_LANE_GPU: "true" });
    expect(await lane.exited).toBe(78);
    await failPod("gpu", pod, lastWords(lane));
    const message = await stalled("gpu", "GpuUnavailable");
    expect(message).toContain("check the node's driver, device plugin and runtime class");
    expect(message).toContain("trainer.study.engine: wasm");
    expect((await cluster.sweep("sweep", "gpu")).status?.trials).toMatchObject({ pending: 8, failed: 0 });
  });

  it("that miss their data: it is said in their words, and other lanes follow when it is there", async () => {
    await place("data", {});
    const study = {
      data: { kind: "mnist" },
      model: { kind: "mlp", hidden: [2] },
      objective: { task: "crossEntropy" },
      optimizer: { kind: "adam", learningRate: 0.01, epochs: 1, batch: 10 },
    };
    await cluster.apply(sweep("data", { trainer: { study } }));
    const pod = await cluster.until("a pod", async () => (await podsIn("data"))[0]);
    const lane = await startLane("data", { ALLOT_DATA: join(cluster.folder, "none") });
    expect(await lane.exited).toBe(78);
    expect(lastWords(lane)).toContain("spec.execution.data");
    await failPod("data", pod, lastWords(lane));
    expect(await stalled("data", "LaneMisconfigured")).toContain("spec.execution.data");
    await cluster.until("the next Job", async () => cluster.controlPlane.kubectl(["get", "job", "sweep-2", "-n", "data", "-o", "name"]), 30);
    await writeImages(join(cluster.folder, "data", "mnist"));
    await completes("data", { ALLOT_DATA: join(cluster.folder, "data") });
  });
});

describe.concurrent("a manifest", patience, () => {
  it("that is refused says why; corrected, and it goes on", async () => {
    await place("manifest", {});
    await cluster.apply(sweep("manifest", { parameters: [{ name: "arm", path: "seeds.nowhere", values: [1, 2, 3, 4] }] }));
    const { status } = await cluster.condition("sweep", "Accepted", { namespace: "manifest", status: "False", seconds: 30 });
    expect(status?.conditions?.find(({ type }) => type === "Accepted")?.message).toContain("seeds.nowhere");
    expect(await stalled("manifest", "ManifestRefused")).toContain("seeds.nowhere");
    await cluster.apply(sweep("manifest"));
    await completes("manifest");
  });
});

it("no credential is anywhere but in Secrets", async () => {
  const objects = await cluster.controlPlane.kubectl(["get", "sweeps,jobs,pods,events,configmaps", "-A", "-o", "yaml"]);
  const everything = [objects, ...said.map((output) => output())].join("\n");
  expect(everything).toContain("CredentialsRejected");
  for (const secret of [cluster.s3.secretAccessKey, wrongSecret, passwords.right, passwords.wrong]) expect(everything).not.toContain(secret);
});

/** An IDX file: two zeros, the type 8, the rank, the sizes, the data. */
const idx = (sizes: readonly number[], data: Uint8Array): Uint8Array => {
  const head = Buffer.alloc(4 + 4 * sizes.length);
  head.set([0, 0, 8, sizes.length]);
  for (const [i, size] of sizes.entries()) head.writeUInt32BE(size, 4 + 4 * i);
  return Buffer.concat([head, data]);
};

const writeImages = async (folder: string): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const [part, count] of [
    ["train", 100],
    ["t10k", 20],
  ] as const) {
    const pixels = Uint8Array.from({ length: count * 784 }, (_, i) => (i * 37) % 256);
    await writeFile(join(folder, `${part}-images-idx3-ubyte`), idx([count, 28, 28], pixels));
    await writeFile(
      join(folder, `${part}-labels-idx1-ubyte`),
      idx(
        [count],
        Uint8Array.from({ length: count }, (_, i) => i % 10),
      ),
    );
  }
};
