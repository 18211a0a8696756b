import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, startControlPlane } from "@allot/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { systemClock } from "../packages/runtime/src/index.ts";
import { imageNames } from "./images.ts";

interface Container {
  readonly image: string;
  readonly env?: readonly { readonly name: string; readonly value?: string }[];
}

interface Pod {
  readonly metadata: { readonly labels: Readonly<Record<string, string>> };
  readonly spec: {
    readonly containers: readonly Container[];
    readonly serviceAccountName?: string;
    readonly volumes?: readonly { readonly projected?: unknown }[];
  };
}

let folder: string;
let plane: ControlPlane;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "allot-install-"));
  plane = await startControlPlane({ folder, controllers: true });
});
afterAll(async () => {
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** As the README says it. @returns what kubectl says of each object. */
const apply = async (...more: string[]): Promise<string[]> => (await plane.kubectl(["apply", "-k", "manifests/default", ...more])).trim().split("\n");

const podsOf = async (): Promise<Pod[]> => JSON.parse(await plane.kubectl(["get", "pods", "-n", "allot-system", "-o", "json"])).items;

describe("kubectl apply -k manifests/default", () => {
  it("installs into an empty cluster, and again without a change", async () => {
    const made = await apply();
    expect(made).toMatchInlineSnapshot(`
      [
        "namespace/allot-system created",
        "customresourcedefinition.apiextensions.k8s.io/sweeps.allot.dev created",
        "serviceaccount/allot-controller created",
        "role.rbac.authorization.k8s.io/allot-controller-leader created",
        "clusterrole.rbac.authorization.k8s.io/allot-controller created",
        "rolebinding.rbac.authorization.k8s.io/allot-controller-leader created",
        "clusterrolebinding.rbac.authorization.k8s.io/allot-controller created",
        "configmap/allot-lane-template created",
        "configmap/allot-nats created",
        "secret/allot-store created",
        "service/allot-controller created",
        "service/allot-nats created",
        "service/allot-s3 created",
        "deployment.apps/allot-controller created",
        "deployment.apps/allot-nats created",
        "deployment.apps/allot-s3 created",
        "networkpolicy.networking.k8s.io/allot-controller created",
        "networkpolicy.networking.k8s.io/allot-nats created",
        "networkpolicy.networking.k8s.io/allot-s3 created",
      ]
    `);
    expect(await apply()).toEqual(made.map((line) => line.replace(/ created$/, " unchanged")));
    await apply("--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict");
  });

  it("makes pods that a restricted namespace admits, of images that the testbed can make", async () => {
    await apply();
    const signal = AbortSignal.timeout(30_000);
    let pods = await podsOf();
    for (; pods.length < 4; pods = await podsOf()) await systemClock.sleep(200, { signal });
    expect(await plane.kubectl(["get", "namespace", "allot-system", "-o", "jsonpath={.metadata.labels}"])).toContain('enforce":"restricted');
    expect(pods.map(({ metadata }) => metadata.labels["app.kubernetes.io/name"] ?? "").toSorted()).toEqual([
      "allot-controller",
      "allot-controller",
      "allot-nats",
      "allot-s3",
    ]);
    const containers = pods.flatMap(({ spec }) => spec.containers);
    const lane = containers.flatMap(({ env = [] }) => env).find(({ name }) => name === "ALLOT_LANE_IMAGE")?.value ?? "";
    const named = new Set([lane, ...containers.map(({ image }) => image)]);
    expect([...named].filter((name) => !imageNames.includes(name))).toEqual([]);
    const tokens = pods.filter(({ spec }) => (spec.volumes ?? []).some(({ projected }) => projected !== undefined));
    expect(new Set(tokens.map(({ spec }) => spec.serviceAccountName))).toEqual(new Set(["allot-controller"]));
  });

  it("lets the controller do what its roles say in every namespace, and nothing else", async () => {
    await apply();
    const user = "system:serviceaccount:allot-system:allot-controller";
    const can = async (resourceAttributes: Readonly<Record<string, string>>): Promise<boolean> => {
      const review = { apiVersion: "authorization.k8s.io/v1", kind: "SubjectAccessReview", spec: { user, resourceAttributes } };
      const answer = await plane.kubectl(["create", "-o", "json", "-f", "-"], { input: JSON.stringify(review) });
      return JSON.parse(answer).status.allowed;
    };
    const leases = { group: "coordination.k8s.io", resource: "leases", namespace: "allot-system" };
    expect(await can({ verb: "create", group: "batch", resource: "jobs", namespace: "default" })).toBe(true);
    expect(await can({ ...leases, verb: "patch", name: "allot-controller" })).toBe(true);
    expect(await can({ ...leases, verb: "patch", name: "other" })).toBe(false);
    expect(await can({ ...leases, verb: "create", namespace: "default" })).toBe(false);
    expect(await can({ verb: "list", resource: "secrets", namespace: "default" })).toBe(false);
    expect(await can({ verb: "delete", resource: "pods", namespace: "default" })).toBe(false);
    expect(await can({ verb: "list", group: "kueue.x-k8s.io", resource: "workloads" })).toBe(false);
  });
});

describe("manifests/kueue", () => {
  it("adds what a cluster with Kueue needs to the install", async () => {
    const scratch = mkdtempSync(join("manifests", ".test-"));
    try {
      writeFileSync(join(scratch, "kustomization.yaml"), "resources: [../default]\ncomponents: [../kueue]\n");
      const text = await plane.kubectl(["kustomize", scratch]);
      expect(text.match(/name: allot-controller-kueue$/gm)?.length).toBe(3);
      await plane.kubectl(["apply", "-k", scratch, "--dry-run=server", "--validate=strict"]);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
