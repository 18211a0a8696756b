import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { ConfigMap, Kube, KubeError, KubeObject, Resource, ResourceType } from "./index.ts";
import {
  configMaps,
  customResourceDefinitions,
  isAlreadyExists,
  isConflict,
  isForbidden,
  isInvalid,
  isNotFound,
  isUnknownResource,
  isUnreachable,
  jobs,
  keyOf,
  namespaces,
  openKube,
  parseKey,
  pods,
} from "./index.ts";
import type { Cluster } from "./testing/cluster.ts";
import { configMap, createMany, newNamespace, startCluster } from "./testing/cluster.ts";

const { signal } = new AbortController();
const widgets: ResourceType<KubeObject> = { group: "example.dev", version: "v1", plural: "widgets", kind: "Widget", namespaced: true };

let cluster: Cluster;
let kube: Kube;
let maps: Resource<ConfigMap>;
let namespace: string;
beforeAll(async () => {
  cluster = await startCluster();
  ({ kube } = cluster);
  maps = kube.resource(configMaps);
  namespace = await newNamespace(kube);
});
afterAll(async () => cluster.stop());

/** The error of a call that must fail. */
const errorOf = async (call: Promise<unknown>): Promise<KubeError> => {
  const result: unknown = await call.then(
    () => "no error",
    (error: unknown) => error,
  );
  if (!(result instanceof Error)) throw new Error("the call did not fail");
  return result as KubeError;
};

describe("objects", () => {
  it("are created, read, patched and deleted", async () => {
    const created = await maps.create(configMap(namespace, "one", "1"), { signal });
    expect(created).toMatchObject({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "one", namespace }, data: { value: "1" } });
    expect(await maps.get("one", { namespace, signal })).toEqual(created);
    const patched = await maps.mergePatch("one", { data: { value: null, other: "2" } }, { namespace, signal });
    expect(patched.data).toEqual({ other: "2" });
    expect(await maps.delete("one", { namespace, signal })).toBe(true);
    expect(await maps.delete("one", { namespace, signal })).toBe(false);
    expect(await maps.get("one", { namespace, signal })).toBeUndefined();
    expect(await maps.get("one", { namespace: "no-such", signal })).toBeUndefined();
  });

  it("have the names of their kind in a list, whose items lack them", async () => {
    await maps.create(configMap(namespace, "listed", "1"), { signal });
    const { items } = await maps.list({ namespace, fieldSelector: "metadata.name=listed", signal });
    expect(items).toMatchObject([{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "listed" } }]);
  });

  it("are found by label", async () => {
    for (const [name, team] of [
      ["a", "red"],
      ["b", "blue"],
    ] as const) {
      await maps.create({ metadata: { name: `label-${name}`, namespace, labels: { team } } }, { signal });
    }
    expect((await maps.list({ namespace, labelSelector: "team in (red)", signal })).items.map(keyOf)).toEqual([`${namespace}/label-a`]);
  });

  it("need a namespace exactly where their kind has one", async () => {
    await expect(maps.get("x", { signal })).rejects.toThrow("configmaps have namespaces: give the namespace of the one meant");
    await expect(kube.resource(namespaces).get("x", { namespace: "y", signal })).rejects.toThrow('namespaces have no namespaces: leave out "y"');
    await expect(maps.get("", { namespace, signal })).rejects.toThrow("configmaps: the name is empty");
  });

  it("have keys that can be taken apart", () => {
    expect(parseKey(keyOf({ metadata: { name: "a", namespace: "b" } }))).toEqual({ name: "a", namespace: "b" });
    expect(parseKey(keyOf({ metadata: { name: "a" } }))).toEqual({ name: "a" });
  });
});

const apply = async (name: string, data: Record<string, string>, options: { fieldManager: string; force?: boolean; dryRun?: boolean }): Promise<ConfigMap> =>
  maps.apply({ metadata: { name, namespace }, data }, { ...options, signal });

describe("server-side apply", () => {
  it("says on a dry run what would become of it, and changes nothing", async () => {
    expect((await apply("dry", { a: "1" }, { fieldManager: "me", dryRun: true })).data).toEqual({ a: "1" });
    expect(await maps.get("dry", { namespace, signal })).toBeUndefined();
  });

  it("sets what is given, drops what was given before, and changes nothing twice", async () => {
    await apply("ssa", { a: "1", b: "2" }, { fieldManager: "me" });
    const second = await apply("ssa", { b: "3" }, { fieldManager: "me" });
    expect(second.data).toEqual({ b: "3" });
    expect((await apply("ssa", { b: "3" }, { fieldManager: "me" })).metadata.resourceVersion).toBe(second.metadata.resourceVersion);
  });

  it("names field and manager of a conflict, and takes over by force", async () => {
    await apply("contested", { who: "first" }, { fieldManager: "first" });
    const error = await errorOf(apply("contested", { who: "second" }, { fieldManager: "second" }));
    expect(isConflict(error)).toBe(true);
    expect(error.message).toContain('conflict with "first": .data.who');
    expect(error.causes).toEqual([{ reason: "FieldManagerConflict", message: 'conflict with "first"', field: ".data.who" }]);
    expect((await apply("contested", { who: "second" }, { fieldManager: "second", force: true })).data).toEqual({ who: "second" });
  });

  it("writes a status apart from the rest", async () => {
    const resource = kube.resource(jobs);
    const metadata = { name: "job", namespace };
    const template = { spec: { restartPolicy: "Never", containers: [{ name: "main", image: "none" }] } };
    await resource.apply({ metadata, spec: { suspend: true, template } }, { fieldManager: "me", signal });
    await resource.applyStatus({ metadata, status: { active: 3 } }, { fieldManager: "me-status", signal });
    const job = await resource.apply({ metadata, spec: { suspend: true, parallelism: 2, template } }, { fieldManager: "me", signal });
    expect([job.spec?.parallelism, job.status?.active]).toEqual([2, 3]);
  });
});

describe("a list of many objects", () => {
  it("shows one moment, though objects change between its pages", async () => {
    const many = await newNamespace(kube);
    await createMany(maps, many, 1234);
    const seen: ConfigMap[] = [];
    const sizes: number[] = [];
    const resourceVersions = new Set<string>();
    for await (const page of maps.pages({ namespace: many, signal })) {
      seen.push(...page.items);
      sizes.push(page.items.length);
      resourceVersions.add(page.resourceVersion);
      await maps.create(configMap(many, `zz-new-${sizes.length}`, "1"), { signal });
      await maps.delete(`c${999 - sizes.length}`, { namespace: many, signal });
      await maps.mergePatch(`c${990 - sizes.length}`, { data: { value: "changed" } }, { namespace: many, signal });
    }
    expect(sizes).toEqual([500, 500, 234]);
    expect(resourceVersions.size).toBe(1);
    expect(new Set(seen.map(keyOf)).size).toBe(1234);
    expect(seen.every(({ data }) => data?.["value"] === "0")).toBe(true);
    expect((await maps.list({ namespace: many, signal })).items).toHaveLength(1234);
  });
});

describe("refusals", () => {
  it("say what exists already, changed meanwhile or is invalid", async () => {
    const { metadata } = await maps.create(configMap(namespace, "taken", "1"), { signal });
    expect(isAlreadyExists(await errorOf(maps.create(configMap(namespace, "taken", "2"), { signal })))).toBe(true);
    await maps.mergePatch("taken", { data: { value: "3" } }, { namespace, signal });
    const stale = { metadata: { resourceVersion: metadata.resourceVersion }, data: { value: "4" } };
    expect(isConflict(await errorOf(maps.mergePatch("taken", stale, { namespace, signal })))).toBe(true);
    expect(isConflict(await errorOf(maps.delete("taken", { namespace, signal, preconditions: { uid: "another" } })))).toBe(true);
    const invalid = await errorOf(maps.create(configMap(namespace, "No Name", "1"), { signal }));
    expect([isInvalid(invalid), invalid.causes[0]?.field]).toEqual([true, "metadata.name"]);
    expect(isNotFound(await errorOf(maps.create(configMap("no-such", "a", "1"), { signal })))).toBe(true);
  });

  it("name the user, the verb and the resource that RBAC forbids", async () => {
    await cluster.controlPlane.kubectl(["create", "serviceaccount", "weak", "-n", namespace]);
    const weak = await openKube({ kubeconfig: await cluster.controlPlane.kubeconfigFor({ serviceAccount: { namespace, name: "weak" } }) });
    const error = await errorOf(weak.resource(configMaps).list({ namespace, signal }));
    weak.close();
    expect([isForbidden(error), error.status]).toEqual([true, 403]);
    expect(error.message).toContain(`User "system:serviceaccount:${namespace}:weak" cannot list resource "configmaps"`);
  });

  it("tell a kind that is not installed from an object that is not there", async () => {
    const resource = kube.resource(widgets);
    const calls = [
      async () => resource.get("x", { namespace, signal }),
      async () => resource.list({ signal }),
      async () => resource.create({ metadata: { name: "x", namespace } }, { signal }),
    ];
    for (const call of calls) {
      const error = await errorOf(call());
      expect(isUnknownResource(error)).toBe(true);
      expect(error.message).toMatch(/has nothing at \/apis\/example\.dev\/v1\/.*widgets.*: install the definition/);
    }
    const names = { plural: "widgets", singular: "widget", kind: "Widget" };
    const schema = { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } };
    const definition = {
      metadata: { name: "widgets.example.dev" },
      spec: { group: "example.dev", names, scope: "Namespaced", versions: [{ name: "v1", served: true, storage: true, schema }] },
    };
    await kube.resource(customResourceDefinitions).apply(definition, { fieldManager: "me", signal });
    await cluster.controlPlane.served("widgets.example.dev");
    expect(await resource.get("x", { namespace, signal })).toBeUndefined();
  });
});

const read = async (name: string): Promise<string[]> => {
  const lines: string[] = [];
  for await (const line of kube.logs({ namespace, name }, { signal, follow: true, tailLines: 5 })) lines.push(line);
  return lines;
};

describe("a log", () => {
  it("is empty before the pod has a node, and an error where there is no pod", async () => {
    await kube.resource(pods).create({ metadata: { name: "idle", namespace }, spec: { containers: [{ name: "main", image: "none" }] } }, { signal });
    expect(await read("idle")).toEqual([]);
    expect(isNotFound(await errorOf(read("none")))).toBe(true);
  });
});

describe("a connection", () => {
  it("answers raw requests", async () => {
    expect(await kube.request("/readyz", { signal })).toBe("ok");
    expect(kube.server).toBe(cluster.controlPlane.server);
    expect(kube.namespace).toBe("default");
  });

  it("names the server that can't be reached, and is back when the server is", async () => {
    const { proxied, proxy } = cluster;
    proxy.refuse(true);
    proxy.cut();
    const error = await errorOf(proxied.resource(configMaps).list({ namespace, signal }));
    proxy.refuse(false);
    expect([isUnreachable(error), error.status]).toEqual([true, 0]);
    expect(error.message).toContain(`can't reach the API server https://127.0.0.1:${proxy.port}: `);
    expect(await proxied.request("/readyz", { signal })).toBe("ok");
  });

  it("does not mind that the server closed the connections it kept", async () => {
    const { proxied, proxy } = cluster;
    for (let round = 0; round < 5; round++) {
      await Promise.all([1, 2, 3].map(async () => proxied.request("/readyz", { signal })));
      proxy.cut();
    }
    expect(await proxied.request("/readyz", { signal })).toBe("ok");
  });

  it("sends nothing once aborted, and throws the signal's reason", async () => {
    const aborted = AbortSignal.abort(new Error("enough"));
    await expect(maps.create(configMap(namespace, "never", "1"), { signal: aborted })).rejects.toThrow("enough");
    expect(await maps.get("never", { namespace, signal })).toBeUndefined();
  });

  it("aborts a watch at once", async () => {
    const stop = new AbortController();
    const { resourceVersion } = await maps.list({ namespace, signal });
    const events = maps.watch({ namespace, resourceVersion, signal: stop.signal })[Symbol.asyncIterator]();
    const first = events.next();
    await maps.create(configMap(namespace, "watched", "1"), { signal });
    expect(await first).toMatchObject({ value: { type: "ADDED", object: { metadata: { name: "watched" } } } });
    const second = events.next();
    stop.abort(new Error("enough"));
    await expect(second).rejects.toThrow("enough");
  });
});
