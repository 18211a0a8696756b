import { ManualClock, systemClock } from "@allot/runtime";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { CacheOptions, Change, ConfigMap, Kube, Resource, RestartReason } from "./index.ts";
import { Cache, configMaps, namespaces, openKube } from "./index.ts";
import type { Cluster } from "./testing/cluster.ts";
import { configMap, createMany, newNamespace, openSockets, startCluster, until, versions } from "./testing/cluster.ts";

const { signal } = new AbortController();

let cluster: Cluster;
let kube: Kube;
let maps: Resource<ConfigMap>;
let namespace: string;
beforeAll(async () => {
  cluster = await startCluster();
  ({ kube } = cluster);
  maps = kube.resource(configMaps);
});
beforeEach(async () => {
  namespace = await newNamespace(kube);
});
const running: { stop: AbortController; ended: Promise<void> }[] = [];
afterEach(async () => {
  for (const { stop, ended } of running.splice(0)) {
    stop.abort();
    await ended;
  }
  cluster.proxy.refuse(false);
});
afterAll(async () => cluster.stop());

interface Watched {
  readonly cache: Cache<ConfigMap>;
  readonly stop: AbortController;
  readonly ended: Promise<void>;
  readonly changes: Change<ConfigMap>[];
  readonly restarts: RestartReason[];
}

/** Runs a cache of the test's namespace, through the proxy. */
const watch = (options: Partial<CacheOptions<ConfigMap>> = {}): Watched => {
  const changes: Change<ConfigMap>[] = [];
  const restarts: RestartReason[] = [];
  const cache = new Cache<ConfigMap>({
    resource: cluster.proxied.resource(configMaps),
    namespace,
    clock: systemClock,
    onChange: (change) => void changes.push(change),
    metrics: { restarted: (reason) => void restarts.push(reason) },
    ...options,
  });
  const stop = new AbortController();
  const ended = cache.run(stop);
  running.push({ stop, ended });
  return { cache, stop, ended, changes, restarts };
};

/** Waits until the cache has what the server has; returns it as `name@version`. */
const caughtUp = async ({ cache }: Watched): Promise<string[]> => {
  const { items } = await maps.list({ namespace, signal });
  const wanted = versions(items);
  await until("the cache has what the server has", () => String(versions(cache.all())) === String(wanted));
  return wanted;
};

/** Writes for as long as the signal lets it; returns every version written, deletions apart. */
const churn = async (stop: AbortSignal): Promise<{ written: string[]; deleted: number }> => {
  const written: string[] = [];
  let deleted = 0;
  for (let i = 0; !stop.aborted; i++) {
    const name = `churn-${i % 7}`;
    const known = await maps.get(name, { namespace, signal });
    if (known && i % 3 === 0) {
      await maps.delete(name, { namespace, signal });
      deleted++;
    } else {
      const { metadata } = await maps.apply(configMap(namespace, name, String(i)), { fieldManager: "test", signal });
      written.push(`${metadata.name}@${metadata.resourceVersion}`);
    }
  }
  return { written, deleted };
};

/** What a cache's changes say, to compare with what was written. */
const told = (changes: readonly Change<ConfigMap>[]): { written: string[]; deleted: number } => ({
  written: versions(changes.flatMap(({ current }) => (current ? [current] : []))),
  deleted: changes.filter(({ current }) => current === undefined).length,
});

describe("a cache", () => {
  it("holds all objects of many pages, though they change while it lists", async () => {
    await createMany(maps, namespace, 1100);
    const enough = new AbortController();
    const churning = churn(enough.signal);
    const watched = watch();
    await watched.cache.synced({ signal });
    enough.abort();
    await churning;
    expect((await caughtUp(watched)).length).toBeGreaterThanOrEqual(1100);
    expect(watched.restarts).toEqual([]);
  });

  it("tells each change once, in order, after it holds it", async () => {
    const watched = watch({ indexes: { value: ({ data }) => [data?.["value"] ?? ""] } });
    const { cache, changes } = watched;
    await cache.synced({ signal });
    await maps.create(configMap(namespace, "a", "1"), { signal });
    await maps.mergePatch("a", { data: { value: "2" } }, { namespace, signal });
    await maps.delete("a", { namespace, signal });
    await maps.create(configMap(namespace, "b", "2"), { signal });
    await caughtUp(watched);
    expect(changes.map(({ key, previous, current }) => [key, previous?.data?.["value"], current?.data?.["value"]])).toEqual([
      [`${namespace}/a`, undefined, "1"],
      [`${namespace}/a`, "1", "2"],
      [`${namespace}/a`, "2", undefined],
      [`${namespace}/b`, undefined, "2"],
    ]);
    expect(cache.by("value", "2")).toEqual([cache.get(`${namespace}/b`)]);
    expect(cache.by("value", "1")).toEqual([]);
  });

  it("keeps of an object what it is told to, managed fields never", async () => {
    const created = await maps.create(configMap(namespace, "a", "1"), { signal });
    expect(created.metadata.managedFields).toHaveLength(1);
    const whole = watch();
    const slim = watch({
      transform: ({ apiVersion, kind, metadata: { name, resourceVersion = "" } }) => ({ apiVersion, kind, metadata: { name, namespace, resourceVersion } }),
    });
    await caughtUp(whole);
    await caughtUp(slim);
    await maps.mergePatch("a", { data: { value: "2" } }, { namespace, signal });
    await caughtUp(whole);
    await caughtUp(slim);
    const key = `${namespace}/a`;
    expect(whole.cache.get(key)).toMatchObject({ data: { value: "2" }, metadata: { uid: created.metadata.uid } });
    expect(whole.cache.get(key)?.metadata).not.toHaveProperty("managedFields");
    expect(Object.keys(slim.cache.get(key)?.metadata ?? {})).toEqual(["name", "namespace", "resourceVersion"]);
    expect(slim.cache.get(key)).not.toHaveProperty("data");
  });

  it("renews a watch that the server ended in order, without a restart", async () => {
    const watched = watch({ timeoutSeconds: 1 });
    await watched.cache.synced({ signal });
    for (const value of ["1", "2", "3", "4"]) {
      await systemClock.sleep(900, { signal });
      await maps.apply(configMap(namespace, "a", value), { fieldManager: "test", signal });
    }
    await caughtUp(watched);
    expect([watched.changes.length, watched.restarts]).toEqual([4, []]);
  });

  it("throws what its listener throws", async () => {
    const cache = new Cache({
      resource: maps,
      namespace,
      clock: systemClock,
      onChange: () => {
        throw new TypeError("a bug");
      },
    });
    await maps.create(configMap(namespace, "a", "1"), { signal });
    await expect(cache.run({ signal })).rejects.toThrow("a bug");
  });

  it("goes on when it is allowed at last, and says why it waited", async () => {
    await cluster.controlPlane.kubectl(["create", "serviceaccount", "reader", "-n", namespace]);
    const weak = await openKube({ kubeconfig: await cluster.controlPlane.kubeconfigFor({ serviceAccount: { namespace, name: "reader" } }) });
    await maps.create(configMap(namespace, "a", "1"), { signal });
    const errors: string[] = [];
    const watched = watch({ resource: weak.resource(configMaps), onError: (error) => void errors.push(String(error)) });
    await until("a refusal", () => watched.restarts.includes("refused"));
    expect(errors[0]).toContain("cannot list resource");
    await cluster.controlPlane.kubectl(["create", "rolebinding", "reader", "--clusterrole=edit", `--serviceaccount=${namespace}:reader`, "-n", namespace]);
    await cluster.controlPlane.kubectl([
      "create",
      "rolebinding",
      "reader2",
      "--clusterrole=cluster-admin",
      `--serviceaccount=${namespace}:reader`,
      "-n",
      namespace,
    ]);
    await watched.cache.synced({ signal });
    expect(watched.cache.get(`${namespace}/a`)).toBeDefined();
    weak.close();
  });
});

describe("a cache whose connection breaks", () => {
  it("misses nothing and tells nothing twice while it is cut and refused again and again", async () => {
    const watched = watch();
    await watched.cache.synced({ signal });
    const enough = new AbortController();
    const churning = churn(enough.signal);
    const { proxy } = cluster;
    const back = async (): Promise<void> => {
      const before = watched.changes.length;
      await until("the watch is back", () => watched.changes.length > before);
    };
    for (let round = 0; round < 4; round++) {
      await back();
      proxy.cut();
      await back();
      proxy.refuse(true);
      proxy.cut();
      await systemClock.sleep(300, { signal });
      proxy.refuse(false);
    }
    await back();
    enough.abort();
    const { written, deleted } = await churning;
    await caughtUp(watched);
    expect(written.length).toBeGreaterThan(100);
    expect(told(watched.changes)).toEqual({ written: written.toSorted(), deleted });
    expect(new Set(watched.restarts)).toEqual(new Set(["lost"]));
    expect(watched.restarts.length).toBeGreaterThanOrEqual(8);
  });

  it("lists anew when its version has expired, and tells what was deleted and changed meanwhile once", async () => {
    for (const name of ["gone", "changed", "same"]) await maps.create(configMap(namespace, name, "1"), { signal });
    const watched = watch();
    await watched.cache.synced({ signal });
    watched.changes.length = 0;
    const { proxy, controlPlane } = cluster;
    proxy.refuse(true);
    proxy.cut();
    await maps.delete("gone", { namespace, signal });
    await maps.mergePatch("changed", { data: { value: "2" } }, { namespace, signal });
    await maps.create(configMap(namespace, "new", "1"), { signal });
    // A server that starts knows no history, so the cache's version is too old for it.
    await controlPlane.apiServer.kill();
    await controlPlane.apiServer.start();
    proxy.refuse(false);
    await caughtUp(watched);
    expect(watched.restarts).toContain("expired");
    expect(watched.changes.map(({ key, previous, current }) => [key, previous?.data?.["value"], current?.data?.["value"]])).toEqual([
      [`${namespace}/gone`, "1", undefined],
      [`${namespace}/changed`, "1", "2"],
      [`${namespace}/new`, undefined, "1"],
    ]);
  });

  it("survives an API server that is killed and started again", async () => {
    await createMany(maps, namespace, 50);
    const watched = watch();
    await caughtUp(watched);
    const { apiServer } = cluster.controlPlane;
    await apiServer.kill();
    await until("the loss is noticed", () => watched.restarts.includes("lost"));
    await apiServer.start();
    await maps.delete("c7", { namespace, signal });
    await maps.create(configMap(namespace, "after", "1"), { signal });
    await caughtUp(watched);
    expect(told(watched.changes).deleted).toBe(1);
    expect(watched.changes).toHaveLength(52);
  });

  it("lists anew when the server falls silent", async () => {
    const clock = new ManualClock();
    const watched = watch({ clock, timeoutSeconds: 60 });
    await watched.cache.synced({ signal });
    await until("the watch has begun", () => clock.sleepers === 1);
    const { pid } = cluster.controlPlane.apiServer;
    process.kill(pid, "SIGSTOP");
    try {
      clock.advance(89_000);
      expect(watched.restarts).toEqual([]);
      clock.advance(1000);
      await until("the silence is noticed", () => watched.restarts.length > 0);
    } finally {
      process.kill(pid, "SIGCONT");
    }
    expect(watched.restarts).toEqual(["stalled"]);
    await maps.create(configMap(namespace, "after", "1"), { signal });
    await until("the wait before the next list", () => clock.sleepers === 1);
    clock.advance(250);
    await caughtUp(watched);
  });
});

/** Stops it; returns how many milliseconds that took. */
const stopping = async ({ stop, ended }: Watched): Promise<number> => {
  const begun = systemClock.monotonic();
  stop.abort();
  await ended;
  return systemClock.monotonic() - begun;
};

describe("a cache that is stopped", () => {
  it("while connected, ends at once and closes its connection", async () => {
    const own = await openKube({ kubeconfig: cluster.controlPlane.kubeconfig });
    kube.close();
    cluster.proxied.close();
    cluster.proxy.cut();
    await until("no other connection", () => openSockets() === 0);
    const watched = watch({ resource: own.resource(configMaps) });
    await watched.cache.synced({ signal });
    await until("it is connected", () => openSockets() > 0);
    expect(await stopping(watched)).toBeLessThan(5000);
    own.close();
    await until("no connection is left", () => openSockets() === 0);
  });

  it("while waiting to reconnect, ends at once", async () => {
    const watched = watch();
    await watched.cache.synced({ signal });
    cluster.proxy.refuse(true);
    cluster.proxy.cut();
    await until("it tries again", () => watched.restarts.length >= 2);
    expect(await stopping(watched)).toBeLessThan(5000);
  });

  it("while listing and while opening a watch, ends at once", async () => {
    const { pid } = cluster.controlPlane.apiServer;
    const connected = watch({ timeoutSeconds: 1 });
    await connected.cache.synced({ signal });
    process.kill(pid, "SIGSTOP");
    try {
      const listing = watch();
      await systemClock.sleep(100, { signal });
      expect(await stopping(listing)).toBeLessThan(5000);
      expect(listing.cache.all()).toEqual([]);
      await expect(listing.cache.synced({ signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
      expect(await stopping(connected)).toBeLessThan(5000);
    } finally {
      process.kill(pid, "SIGCONT");
    }
  });

  it("before it began, does nothing", async () => {
    const cache = new Cache({ resource: maps, clock: systemClock });
    await cache.run({ signal: AbortSignal.abort() });
    expect(cache.all()).toEqual([]);
    expect(await kube.resource(namespaces).get(namespace, { signal })).toBeDefined();
  });
});
