import { join } from "node:path";
import { type Server, startGpuNodes } from "@allot/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { controllerWrites } from "./testing/audit.ts";
import { Cluster } from "./testing/cluster.ts";
import { idleSweep } from "./testing/idle.ts";

/** Writes that a change of a sweep may cost the controller. */
const mostWrites = 6;

let cluster: Cluster;
let nodes: Server;

beforeAll(async () => {
  cluster = await Cluster.start();
  nodes = await startGpuNodes(cluster.controlPlane, { folder: join(cluster.folder, "gpu-nodes"), nodes: 12, gpus: 8 });
  await cluster.startController();
});
afterAll(async () => {
  await nodes?.stop();
  await cluster?.stop();
});

/** Names of the sweep's pods that run. */
const running = async (name: string): Promise<string[]> =>
  (await cluster.controlPlane.kubectl(["get", "pods", "-l", `allot.dev/sweep=${name}`, "--field-selector=status.phase=Running", "-o", "name"]))
    .split("\n")
    .filter(Boolean);

const lanes = async (name: string, count: number): Promise<void> => {
  await cluster.until(`${count} running lanes of ${name}`, async () => (await running(name)).length === count, 120);
  await cluster.until(`status of ${count} lanes`, async () => (await cluster.sweep(name)).status?.lanes?.active === count, 40);
};

/** Writes of the controller so far. */
const writes = async (): Promise<number> => controllerWrites(await cluster.requests());

const change = async (name: string, patch: unknown): Promise<void> => {
  await cluster.controlPlane.kubectl(["patch", "sweep", name, "--type=merge", "-p", JSON.stringify(patch)]);
};

/** What it costs the controller until so many lanes run. */
const cost = async (name: string, patch: unknown, count: number): Promise<number> => {
  const before = await writes();
  await change(name, patch);
  await lanes(name, count);
  return (await writes()) - before;
};

const gpuSweep = (name: string, replicates: number) =>
  idleSweep(name, { execution: { lanes: 64, resources: { limits: { "nvidia.com/gpu": 1 } } } }, replicates);

describe.each([
  ["small", 100],
  ["large", 2500],
])("a sweep of 64 GPU lanes (%s: 4 × %i trials)", { timeout: 400_000 }, (name, replicates) => {
  it("is scheduled, suspended, resumed and scaled with a few writes each, however many trials it has", async () => {
    const before = await writes();
    await cluster.apply(gpuSweep(name, replicates));
    await lanes(name, 64);
    const created = (await writes()) - before;
    const gpus = await cluster.controlPlane.kubectl([
      "get",
      "pods",
      "-l",
      `allot.dev/sweep=${name}`,
      "-o",
      "jsonpath={range .items[*]}{.spec.nodeName}{'\\n'}{end}",
    ]);
    const perNode = Map.groupBy(gpus.split("\n").filter(Boolean), (node) => node);
    expect(Math.max(...[...perNode.values()].map(({ length }) => length))).toBeLessThanOrEqual(8);

    const costs = {
      created,
      suspended: await cost(name, { spec: { suspend: true } }, 0),
      resumed: await cost(name, { spec: { suspend: false } }, 64),
      to16: await cost(name, { spec: { execution: { lanes: 16 } } }, 16),
      to96: await cost(name, { spec: { execution: { lanes: 96 } } }, 96),
    };
    process.stdout.write(`${name}: controller writes ${JSON.stringify(costs)}\n`);
    for (const [, count] of Object.entries(costs)) expect(count).toBeLessThanOrEqual(mostWrites);
    // The same Job all along: nothing was made anew.
    expect((await cluster.controlPlane.kubectl(["get", "jobs", "-l", `allot.dev/sweep=${name}`, "-o", "name"])).trim()).toBe(`job.batch/${name}-1`);

    await cluster.controlPlane.kubectl(["delete", "sweep", name, "--timeout=60s"]);
    expect(await running(name)).toEqual([]);
  });
});
