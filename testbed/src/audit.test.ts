import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { callsIn, grantsOf, type RoleRules } from "./audit.ts";
import { type ControlPlane, startControlPlane } from "./control-plane/control-plane.ts";

const role: RoleRules = {
  rules: [
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "create", "patch"] },
    { apiGroups: ["apps"], resources: ["deployments"], verbs: ["list"] },
  ],
};
const grants = ["create configmaps", "get configmaps", "list deployments.apps", "patch configmaps"];

describe("grantsOf", () => {
  it("lists what roles allow, once", () => {
    expect(grantsOf(role, role, {})).toEqual(grants);
  });

  it("refuses wildcards", () => {
    expect(() => grantsOf({ rules: [{ apiGroups: ["*"], resources: ["pods"], verbs: ["get"] }] })).toThrow('role grants "get pods.*": name the verbs');
  });
});

describe("callsIn", () => {
  let folder: string;
  let plane: ControlPlane;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "allot-audit-"));
    plane = await startControlPlane({ folder });
  });
  afterAll(async () => {
    await plane?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  it("lists what one user asked of a real API server: refused calls too, and that an apply creates", async () => {
    await plane.kubectl(["create", "serviceaccount", "asker"]);
    const binding = { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "asker" } };
    const subjects = [{ kind: "ServiceAccount", name: "asker", namespace: "default" }];
    const rbac = [
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", metadata: { name: "asker" }, ...role },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding", metadata: { name: "asker" }, subjects, ...binding },
    ];
    await plane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items: rbac }) });
    const kubeconfig = await plane.kubeconfigFor({ serviceAccount: { namespace: "default", name: "asker" } });
    const asked = async (args: readonly string[], input = ""): Promise<string> => plane.kubectl([`--kubeconfig=${kubeconfig}`, ...args], { input });
    const settings = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "settings" }, data: { a: "1" } });
    await asked(["apply", "--server-side", "--validate=false", "-f", "-"], settings);
    await asked(["get", "--raw", "/apis/apps/v1/deployments"]);
    await asked(["get", "--raw", "/version"]);
    await expect(asked(["get", "--raw", "/api/v1/secrets"])).rejects.toThrow("forbidden");
    const calls = callsIn(await readFile(plane.auditLog, "utf8"), "system:serviceaccount:default:asker");
    expect(calls).toEqual([...grants.filter((grant) => grant !== "get configmaps"), "list secrets"].toSorted());
  });
});
