import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Server, startGpuNodes } from "@allot/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cluster } from "./testing/cluster.ts";
import { idleSweep } from "./testing/idle.ts";
import { PlayedKueue, workloadDefinition } from "./testing/kueue.ts";

const role = fileURLToPath(new URL("../../manifests/kueue/cluster-role.yaml", import.meta.url));
const controllerUser = "system:serviceaccount:allot-system:allot-controller";
const name = "queued";
const job = `${name}-1`;

let cluster: Cluster;
let nodes: Server;
let kueue: PlayedKueue;

beforeAll(async () => {
  cluster = await Cluster.start();
  const { kubectl, served } = cluster.controlPlane;
  await cluster.apply(workloadDefinition());
  await served("workloads.kueue.x-k8s.io");
  await kubectl(["apply", "-f", role]);
  nodes = await startGpuNodes(cluster.controlPlane, { folder: join(cluster.folder, "gpu-nodes"), nodes: 1, gpus: 8 });
  kueue = new PlayedKueue(cluster.kube);
  await cluster.startController();
});
afterAll(async () => {
  await kueue?.stop();
  await nodes?.stop();
  await cluster?.stop();
});

const read = async (path: string): Promise<string> => cluster.controlPlane.kubectl(["get", "job", job, "-o", `jsonpath=${path}`]);
const change = async (spec: unknown): Promise<void> => {
  await cluster.controlPlane.kubectl(["patch", "sweep", name, "--type=merge", "-p", JSON.stringify({ spec })]);
};
const lanes = async (count: number): Promise<void> => {
  await cluster.until(`${count} lanes`, async () => (await cluster.sweep(name)).status?.lanes?.active === count);
};
const message = async (type: string): Promise<string | undefined> => (await cluster.sweep(name)).status?.conditions?.find((one) => one.type === type)?.message;
/** Writes of the controller to Jobs, by verb. */
const jobWrites = async (): Promise<string[]> =>
  (await cluster.requests())
    .filter(({ user, objectRef, verb, stage }) => {
      const write = ["create", "update", "patch", "delete"].includes(verb);
      return write && user.username === controllerUser && objectRef?.resource === "jobs" && stage === "ResponseComplete";
    })
    .map(({ verb }) => verb);

describe("a sweep in a queue of Kueue", () => {
  it("waits for quota with Kueue's own words, in a Job that is made suspended", async () => {
    const sweep = idleSweep(name, { execution: { lanes: 2 } }, 250);
    const labels = { "kueue.x-k8s.io/queue-name": "gpus", "kueue.x-k8s.io/priority-class": "high" };
    await cluster.apply({ ...sweep, metadata: { ...sweep.metadata, labels } });
    await cluster.condition(name, "Progressing", { reason: "WaitingForQuota" });
    expect(await message("Progressing")).toMatch(/^Kueue: couldn't assign flavors .* 2 more needed$/);
    expect(await read("{.spec.suspend}{.metadata.labels.kueue\\.x-k8s\\.io/queue-name}{.metadata.labels.kueue\\.x-k8s\\.io/priority-class}")).toBe(
      "truegpushigh",
    );
    expect(await jobWrites()).toEqual(["create"]);
    expect(await cluster.controlPlane.kubectl(["get", "sweep", name, "-o", "wide"])).toMatch(/QUEUE.*\n.* gpus +WaitingForQuota/);
    expect(await cluster.controlPlane.kubectl(["get", "pods", "-l", `allot.dev/sweep=${name}`, "-o", "name"])).toBe("");
  });

  it("starts its lanes when Kueue admits it, and leaves the Job alone", async () => {
    kueue.quota = 3;
    await lanes(2);
    await cluster.condition(name, "Progressing", { reason: "LanesRunning" });
    expect(await read("{.spec.suspend}")).toBe("false");
    expect(await jobWrites()).toEqual(["create"]);
  });

  it("is suspended and resumed by a person through its Workload, never by the Job", async () => {
    await change({ suspend: true });
    await cluster.condition(name, "Suspended");
    await lanes(0);
    expect((await kueue.workloadOf(job))?.spec.active).toBe(false);
    expect(await read("{.spec.suspend}")).toBe("true");
    await change({ suspend: false });
    await lanes(2);
    expect((await kueue.workloadOf(job))?.spec.active).toBe(true);
    expect(await jobWrites()).toEqual(["create"]);
  });

  it("goes back to the queue with its new size when it is scaled, in one write", async () => {
    await change({ execution: { lanes: 4 } });
    await cluster.until("a Workload of four", async () => (await kueue.workloadOf(job))?.spec.podSets[0]?.count === 4);
    await cluster.condition(name, "Progressing", { reason: "WaitingForQuota" });
    expect(await read("{.spec.suspend} {.spec.completions} {.spec.parallelism}")).toBe("true 4 4");
    kueue.quota = 8;
    await lanes(4);
    expect(await jobWrites()).toEqual(["create", "patch"]);
  });
});
