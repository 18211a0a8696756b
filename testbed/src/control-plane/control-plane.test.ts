import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { allGone } from "../process/processes.ts";
import { startProxy } from "../proxy.ts";
import { type ControlPlane, startControlPlane } from "./control-plane.ts";

let folder: string;
let plane: ControlPlane;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-plane-"));
  plane = await startControlPlane({ folder });
});
afterAll(async () => {
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Makes a ServiceAccount that may read ConfigMaps of its namespace and nothing else. */
const reader = async (namespace: string): Promise<string> => {
  const objects = [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "reader", namespace } },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "Role",
      metadata: { name: "reader", namespace },
      rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["list"] }],
    },
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { name: "reader", namespace },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "reader", namespace }],
    },
  ];
  await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items: objects }) });
  return plane.kubeconfigFor({ serviceAccount: { namespace, name: "reader" } });
};

describe("a control plane", () => {
  it("grants a ServiceAccount what its role says, and writes each request into the audit log", async () => {
    const kubeconfig = await reader("granted");
    await plane.kubectl([`--kubeconfig=${kubeconfig}`, "get", "configmaps", "-n", "granted"]);
    await expect(plane.kubectl([`--kubeconfig=${kubeconfig}`, "get", "secrets", "-n", "granted"])).rejects.toThrow(
      /secrets is forbidden: User "system:serviceaccount:granted:reader"/,
    );
    const events = (await readFile(plane.auditLog, "utf8")).trim().split("\n");
    const own = events.map((line) => JSON.parse(line)).filter(({ user }) => user.username === "system:serviceaccount:granted:reader");
    const calls = own.map(({ verb, objectRef, responseStatus }) => [verb, objectRef?.resource, responseStatus.code]);
    expect(calls).toContainEqual(["list", "configmaps", 200]);
    expect(calls).toContainEqual(["list", "secrets", 403]);
  });

  it("admits pods where no controller makes ServiceAccounts", async () => {
    expect(await plane.kubectl(["run", "alone", "--image=none"])).toBe("pod/alone created\n");
  });

  it("tells when a kind that was just defined is served", async () => {
    const names = { plural: "widgets", singular: "widget", kind: "Widget" };
    const schema = { openAPIV3Schema: { type: "object" } };
    const definition = {
      apiVersion: "apiextensions.k8s.io/v1",
      kind: "CustomResourceDefinition",
      metadata: { name: "widgets.example.dev" },
      spec: { group: "example.dev", names, scope: "Namespaced", versions: [{ name: "v1", served: true, storage: true, schema }] },
    };
    await plane.kubectl(["create", "-f", "-"], { input: JSON.stringify(definition) });
    await plane.served("widgets");
    const widget = { apiVersion: "example.dev/v1", kind: "Widget", metadata: { name: "one" } };
    expect(await plane.kubectl(["create", "-f", "-"], { input: JSON.stringify(widget) })).toBe("widget.example.dev/one created\n");
  });

  it("is reached through a proxy that stands in for it, and not once that is cut", async () => {
    const proxy = await startProxy(plane.server);
    const kubeconfig = await plane.kubeconfigFor({ server: `https://127.0.0.1:${proxy.port}` });
    expect(await plane.kubectl([`--kubeconfig=${kubeconfig}`, "get", "--raw=/readyz"])).toBe("ok");
    proxy.refuse(true);
    await expect(plane.kubectl([`--kubeconfig=${kubeconfig}`, "get", "--raw=/readyz"])).rejects.toThrow(/reset|EOF/);
    await proxy.stop();
  });

  it("keeps its objects and addresses when the API server and etcd are killed", async () => {
    await plane.kubectl(["create", "configmap", "kept", "--from-literal=key=value"]);
    await plane.apiServer.kill();
    await expect(plane.kubectl(["get", "configmap", "kept"])).rejects.toThrow("refused");
    await plane.etcd.kill();
    await plane.etcd.start();
    await plane.apiServer.start();
    expect(await plane.kubectl(["get", "configmap", "kept", "-o", "jsonpath={.data.key}"])).toBe("value");
  });

  it("leaves no process and goes on in the same folder", async () => {
    const own = join(folder, "again");
    const first = await startControlPlane({ folder: own });
    await first.kubectl(["create", "namespace", "stays"]);
    const pids = [first.apiServer.pid, first.etcd.pid];
    await first.stop();
    await allGone(pids);
    const second = await startControlPlane({ folder: own });
    expect(await second.kubectl(["get", "namespace", "stays", "-o", "name"])).toBe("namespace/stays\n");
    await second.stop();
  });
});
