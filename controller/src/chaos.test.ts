import { diffOutcomes, type Ledger, openLedger } from "@allot/ledger";
import { systemClock, TaskGroup } from "@allot/runtime";
import { openStore, withPrefix } from "@allot/store";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SweepObject } from "./objects.ts";
import { Cluster, type Running } from "./testing/cluster.ts";
import { idleIn, secretOf } from "./testing/idle.ts";

const { signal } = new AbortController();
const pause = async (milliseconds: number): Promise<void> => systemClock.sleep(milliseconds, { signal });
const instance = { POD_NAME: "allot-controller-0" };
let cluster: Cluster;
let controller: Running;

beforeAll(async () => {
  cluster = await Cluster.start();
  controller = await cluster.startController(instance);
});
afterAll(async () => cluster?.stop());

/** Trials of 50 ms: 4 arms × 100. */
const trials = 400;
const study = { trainer: { study: { data: { kind: "sleep", seconds: 0.05 } } } };

/** The sum of states in a status, whatever is under way. */
const summed = ({ status }: SweepObject): number | undefined => {
  const counts = status?.trials;
  return counts && (counts.pending ?? 0) + (counts.running ?? 0) + (counts.succeeded ?? 0) + (counts.pruned ?? 0) + (counts.failed ?? 0);
};

/** Keeps lanes going as a Job would, until one ends because the sweep is closed. */
const keepLane = async (namespace: string, more: NodeJS.ProcessEnv, started: (lane: Running) => void): Promise<void> => {
  for (;;) {
    const lane = await cluster.until("a lane", async () => cluster.startLane("sweep", { namespace, more }));
    started(lane);
    if ((await lane.exited) === 0) return;
  }
};

const ledgerOf = async (namespace: string, more: NodeJS.ProcessEnv): Promise<Ledger> => {
  const { uid = "" } = (await cluster.sweep("sweep", namespace)).metadata;
  return openLedger(withPrefix(openStore(cluster.environment(more)), `${namespace}/sweep-${uid.slice(0, 8)}`), { trials, signal });
};

it("a sweep whose every part is killed has each trial once, as one that nobody disturbs", { timeout: 180_000 }, async () => {
  // Stores of their own: else the second would take over what the first has trained.
  const stores: Record<string, NodeJS.ProcessEnv> = { chaos: { ALLOT_STORE: "s3://chaos" }, calm: { ALLOT_STORE: "s3://calm" } };
  for (const [namespace, own] of Object.entries(stores)) {
    await cluster.bucket(namespace);
    await cluster.controlPlane.kubectl(["create", "namespace", namespace]);
    const { ALLOT_NATS_URL: _install, ...store } = cluster.environment(own);
    await cluster.apply(secretOf("allot-store", namespace, store));
    await cluster.apply(idleIn(namespace, "sweep", study, 100));
  }
  const watching = new TaskGroup(signal);
  const wrong: string[] = [];
  let looks = 0;
  watching.start(async (life) => {
    while (!life.aborted) {
      const seen = await cluster.sweep("sweep", "chaos").catch(() => undefined);
      const sum = seen && summed(seen);
      if (sum !== undefined) looks++;
      if (sum !== undefined && sum !== trials) wrong.push(JSON.stringify(seen?.status?.trials));
      await systemClock.sleep(100, { signal: life }).catch(() => undefined);
    }
  });

  const lanes: Running[] = [];
  const chaos = [0, 1].map(async (index) => keepLane("chaos", stores["chaos"] ?? {}, (lane) => (lanes[index] = lane)));
  const killed: Record<string, () => Promise<unknown>> = {
    lane: async () => lanes[0]?.end("SIGKILL"),
    controller: async () => {
      await controller.end("SIGKILL");
      controller = await cluster.startController(instance);
    },
    nats: async () => {
      await cluster.nats.kill();
      await pause(300);
      await cluster.nats.start();
    },
    s3: async () => {
      await cluster.s3.kill();
      await pause(300);
      await cluster.s3.start();
    },
    apiServer: async () => {
      await cluster.controlPlane.apiServer.kill();
      await cluster.controlPlane.apiServer.start();
    },
  };
  await cluster.until("some trials", async () => ((await cluster.sweep("sweep", "chaos")).status?.trials?.succeeded ?? 0) > 0);
  for (const kill of [...Object.values(killed), killed["controller"], killed["nats"]]) {
    await kill?.();
    await pause(700);
  }
  expect((await cluster.sweep("sweep", "chaos")).status?.completionTime).toBeUndefined();
  await Promise.all(chaos);
  const { status } = await cluster.condition("sweep", "Complete", { namespace: "chaos" });
  expect(status?.trials).toMatchObject({ total: trials, succeeded: trials });
  watching.abort();
  await watching.join();
  expect(wrong).toEqual([]);
  expect(looks).toBeGreaterThan(40);

  const disturbed = await ledgerOf("chaos", stores["chaos"] ?? {});
  const seen: number[] = [];
  for await (const { trial } of disturbed.outcomes({ signal })) seen.push(trial);
  expect(seen).toEqual(Array.from({ length: trials }, (_, trial) => trial));

  await Promise.all([0, 1].map(async () => keepLane("calm", stores["calm"] ?? {}, () => undefined)));
  await cluster.condition("sweep", "Complete", { namespace: "calm" });
  const differences: unknown[] = [];
  for await (const difference of diffOutcomes(disturbed, await ledgerOf("calm", stores["calm"] ?? {}), { signal })) differences.push(difference);
  expect(differences).toEqual([]);
});

describe("two replicas", () => {
  const leads = (replica: Running): boolean => replica.output().includes(`"message":"leader","leader":"${replica === second ? "second" : "third"}"`);
  let second: Running;
  let third: Running;

  it("have one leader, and the other takes over when it dies, or at once when it is told to go", { timeout: 120_000 }, async () => {
    await controller.end();
    second = await cluster.startController({ POD_NAME: "second" });
    await cluster.until("a leader", async () => leads(second));
    third = await cluster.startController({ POD_NAME: "third" });
    await cluster.until("the third to know", async () => third.output().includes('"leader":"second"'));
    await cluster.apply(idleIn("default", "relay", study, 40));
    await cluster.condition("relay", "Accepted");
    await cluster.until("a queue", async () => (await cluster.sweep("relay")).status?.trials);
    const lane = await cluster.startLane("relay");
    await cluster.until("some trials", async () => ((await cluster.sweep("relay")).status?.trials?.running ?? 0) > 0);

    const died = systemClock.monotonic();
    await second.end("SIGKILL");
    await cluster.until("the third to lead", async () => leads(third));
    const took = systemClock.monotonic() - died;
    expect(took).toBeGreaterThan(5000);
    expect(took).toBeLessThan(20_000);

    second = await cluster.startController({ POD_NAME: "second" });
    await cluster.until("the second to know", async () => second.output().includes('"leader":"third"'));
    const told = systemClock.monotonic();
    await third.end();
    expect(await third.exited).toBe(0);
    await cluster.until("the second to lead", async () => leads(second));
    expect(systemClock.monotonic() - told).toBeLessThan(5000);

    const { status } = await cluster.condition("relay", "Complete");
    expect(status?.trials).toMatchObject({ total: 160, succeeded: 160 });
    expect(await lane.exited).toBe(0);
    controller = second;
  });
});

describe("a controller that starts anew", () => {
  it("goes on with the manifest accepted last when the newest is refused, also when it has to wait for the store", async () => {
    await cluster.apply(idleIn("default", "edited", { execution: { lanes: 2 } }));
    await cluster.until("a Job", async () => cluster.controlPlane.kubectl(["get", "job", "edited-1", "-o", "name"]));
    await cluster.apply(idleIn("default", "edited", { execution: { lanes: 3 } }));
    const lanes = async (): Promise<string> => cluster.controlPlane.kubectl(["get", "job", "edited-1", "-o", "jsonpath={.spec.completions}"]);
    await cluster.until("three lanes", async () => (await lanes()) === "3");
    const store = await cluster.store("edited");
    await cluster.until("the manifest in the store", async () => new TextDecoder().decode(await store.get("manifest.json", { signal })).includes('"lanes":3'));
    await cluster.apply(idleIn("default", "edited", { execution: { lanes: 7, template: { spec: { restartPolicy: "Always" } } } }));
    await cluster.condition("edited", "Accepted", { status: "False" });
    await controller.end("SIGKILL");
    await cluster.s3.kill();
    controller = await cluster.startController({ POD_NAME: "second" });
    await cluster.condition("edited", "Accepted", { status: "Unknown", reason: "StoreUnreachable", seconds: 30 });
    await cluster.condition("edited", "Stalled", { reason: "StoreUnreachable" });
    await cluster.s3.start();
    const { status } = await cluster.condition("edited", "Accepted", { status: "False", seconds: 30 });
    expect(status?.conditions?.find(({ type }) => type === "Accepted")?.message).toContain("the last accepted manifest goes on");
    const lane = await cluster.startLane("edited");
    await cluster.condition("edited", "Complete");
    expect(await lane.exited).toBe(0);
    expect(await lanes()).toBe("3");
  });
});
