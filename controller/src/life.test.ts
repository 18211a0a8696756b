import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { openLedger } from "@allot/ledger";
import { systemClock } from "@allot/runtime";
import { openStore, type Store, withPrefix } from "@allot/store";
import { callsIn, grantsOf, type RoleRules } from "@allot/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { controllerUser } from "./testing/audit.ts";
import { Cluster, type Running } from "./testing/cluster.ts";
import { idleIn, idleSweep } from "./testing/idle.ts";

const { signal } = new AbortController();
/** Trials of 50 ms. */
const slow = { trainer: { study: { data: { kind: "sleep", seconds: 0.05 } } } };
let cluster: Cluster;
let controller: Running;

beforeAll(async () => {
  cluster = await Cluster.start();
  controller = await cluster.startController();
});
afterAll(async () => cluster?.stop());

const kubectl = async (...args: string[]): Promise<string> => cluster.controlPlane.kubectl(args);
const remove = async (name: string): Promise<unknown> => kubectl("delete", "sweep", name, "--wait=false");
const isGone = async (name: string, seconds = 30): Promise<unknown> =>
  cluster.until(`${name} to be gone`, async () => (await kubectl("get", "sweep", name, "--ignore-not-found", "-o", "name")) === "", seconds);

/** Streams that the broker keeps on its disk, by the sweep's uid. With the last one its folder goes. */
const streamsOf = async (uid: string): Promise<string[]> => {
  const names = await readdir(join(cluster.folder, "nats/jetstream/jetstream/$G/streams")).catch((): string[] => []);
  return names.filter((name) => name.includes(uid));
};
const placeOf = async (name: string): Promise<{ uid: string; store: Store }> => {
  const { uid = "" } = (await cluster.sweep(name)).metadata;
  return { uid, store: withPrefix(openStore(cluster.environment()), `default/${name}-${uid.slice(0, 8)}`) };
};
const segmentsIn = async (store: Store): Promise<number> => {
  let count = 0;
  for await (const { key } of store.list("segments/", { signal })) count += key.endsWith(".parquet") ? 1 : 0;
  return count;
};
const queueOf = async (name: string): Promise<unknown> => cluster.until(`a queue of ${name}`, async () => (await cluster.sweep(name)).status?.trials);

describe("a sweep that is deleted", () => {
  it("while it runs loses its lanes and its queue, and keeps what was sealed", async () => {
    await cluster.apply(idleSweep("running", slow, 50));
    await queueOf("running");
    const { uid, store } = await placeOf("running");
    const lane = await cluster.startLane("running");
    await cluster.until("a sealed pack", async () => (await segmentsIn(store)) > 0);
    expect(await streamsOf(uid)).not.toEqual([]);
    // As the kubelet would when the Job goes.
    await Promise.all([remove("running"), lane.end()]);
    expect(await lane.exited).toBe(143);
    await isGone("running");
    expect(await streamsOf(uid)).toEqual([]);
    await cluster.until("no Job", async () => (await kubectl("get", "jobs,pods", "-l", "allot.dev/sweep=running", "-o", "name")) === "");
    const kept = await segmentsIn(store);
    expect(kept).toBeGreaterThan(0);
    expect(kept).toBeLessThan(50);
  });

  it("while NATS is away waits for it, says so, and is gone when it is back", async () => {
    await cluster.apply(idleSweep("waiting"));
    await queueOf("waiting");
    const { uid } = await placeOf("waiting");
    await cluster.nats.kill();
    await remove("waiting");
    await cluster.until("an event", async () =>
      (await kubectl("get", "events", "-o", "jsonpath={.items[?(@.reason=='QueueNotRemoved')].message}")).includes("NATS at"),
    );
    expect((await cluster.sweep("waiting")).metadata.finalizers).toEqual(["allot.dev/drain"]);
    await cluster.nats.start();
    await isGone("waiting", 45);
    expect(await streamsOf(uid)).toEqual([]);
  });

  it("by its ttl leaves its results, and another of its name has a folder of its own and takes over the trials", async () => {
    await cluster.apply(idleSweep("again", { ttlSecondsAfterFinished: 1 }));
    await queueOf("again");
    const first = await placeOf("again");
    const lane = await cluster.startLane("again");
    await isGone("again");
    expect(await lane.exited).toBe(0);
    expect(await streamsOf(first.uid)).toEqual([]);
    const ledger = await openLedger(first.store, { trials: 100, signal });
    expect(ledger.counts()).toMatchObject({ Succeeded: 100 });

    await cluster.apply(idleSweep("again"));
    await queueOf("again");
    const second = await placeOf("again");
    expect(second.uid).not.toBe(first.uid);
    expect(await segmentsIn(second.store)).toBe(0);
    await cluster.startLane("again");
    const { status } = await cluster.condition("again", "Complete");
    expect(status?.results).toBe(`s3://results/allot/default/again-${second.uid.slice(0, 8)}/`);
    expect(await segmentsIn(second.store)).toBe(await segmentsIn(first.store));
    const taken = await cluster.until("its lanes to be let go", async () => kubectl("get", "job", "again-1", "-o", "jsonpath={.spec.suspend}"));
    expect(taken).toBe("true");
    await cluster.until("its queue to be gone", async () => (await streamsOf(second.uid)).length === 0);
  });
});

describe("what is kept of a sweep's trials", () => {
  it("may change once it has started, and holds for the lanes that start from then on", async () => {
    await cluster.apply(idleSweep("keeper"));
    await queueOf("keeper");
    await cluster.until("its start", async () => (await cluster.sweep("keeper")).status?.startTime);
    const { store } = await placeOf("keeper");
    await cluster.apply(idleSweep("keeper", { artifacts: { weights: "all" } }));
    const manifest = async (): Promise<unknown> => JSON.parse(Buffer.from((await store.get("manifest.json", { signal }))!).toString("utf8"));
    await cluster.until("the manifest in the store", async () => JSON.stringify(await manifest()).includes('"weights":"all"'));
    await cluster.startLane("keeper");
    const { metadata, status } = await cluster.condition("keeper", "Complete");
    expect(status?.conditions).toContainEqual(expect.objectContaining({ type: "Accepted", status: "True", observedGeneration: metadata.generation }));
    const kept: string[] = [];
    for await (const { key } of store.list("artifacts/", { signal })) kept.push(key);
    expect(kept).toHaveLength(100);
  });
});

/** What else a controller does in its life: suspend, resume, scale, refuse, and read why pods are refused. */
const live = async (): Promise<void> => {
  await cluster.apply(idleIn("default", "busy", {}, 25));
  await cluster.until("a Job", async () => kubectl("get", "job", "busy-1", "-o", "name"));
  const job = async (field: string, value: string): Promise<unknown> =>
    cluster.until(`${field} ${value}`, async () => (await kubectl("get", "job", "busy-1", "-o", `jsonpath={.spec.${field}}`)) === value);
  await cluster.apply(idleIn("default", "busy", { suspend: true }, 25));
  await job("suspend", "true");
  await cluster.apply(idleIn("default", "busy", {}, 25));
  await job("suspend", "false");
  await cluster.apply(idleIn("default", "busy", { execution: { lanes: 3 } }, 25));
  await job("completions", "3");
  await cluster.apply(idleIn("default", "busy", { execution: { lanes: 3, template: { spec: { restartPolicy: "Always" } } } }, 25));
  await cluster.condition("busy", "Accepted", { status: "False" });
  await kubectl("create", "namespace", "tight");
  await kubectl("create", "quota", "none", "-n", "tight", "--hard=pods=0");
  await cluster.until("the quota in force", async () => kubectl("get", "quota", "none", "-n", "tight", "-o", "jsonpath={.status.hard}"));
  await cluster.apply(idleIn("tight", "tight"));
  await cluster.condition("tight", "Stalled", { namespace: "tight", reason: "LanesRefused" });
};

describe("the controller's rights", () => {
  it("are those that the install gives it, and it uses each", { timeout: 120_000 }, async () => {
    await live();
    const heir = await cluster.startController();
    await cluster.until("the heir to stand", async () => heir.output().includes('"message":"leader"'));
    await controller.end();
    expect(await controller.exited).toBe(0);
    const begun = systemClock.monotonic();
    await remove("busy");
    await isGone("busy");
    expect(systemClock.monotonic() - begun).toBeLessThan(30_000);

    const roles = await Promise.all(
      ["cluster-role.yaml", "leader-election.yaml"].map(async (file) => {
        const documents = parseAllDocuments(await readFile(new URL(`../../manifests/rbac/${file}`, import.meta.url), "utf8"));
        return documents.map((document): RoleRules => document.toJS());
      }),
    );
    const calls = callsIn(await readFile(cluster.controlPlane.auditLog, "utf8"), controllerUser);
    expect(calls).toEqual(grantsOf(...roles.flat()));
    const denied = (await cluster.requests()).filter(({ user, responseStatus }) => user.username === controllerUser && responseStatus?.code === 403);
    // Whether Kueue is there is asked of the API's list of groups, which everyone may read.
    expect(denied.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`)).toEqual([]);
  });
});
