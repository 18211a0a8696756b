import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ControlPlane, callsIn, grantsOf, type Overlay, type RealNode, startControlPlane, startNode, writeOverlay } from "@allot/testbed";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { imageNames, makeImage } from "./images.ts";

let folder: string;
let plane: ControlPlane;
let node: RealNode;
let overlay: Overlay;

/** Fails with what the cluster shows, as nobody can look at it afterwards. */
const awaited = async (args: readonly string[], shown: readonly string[]): Promise<void> => {
  await plane.kubectl(["wait", ...args]).catch(async (error: unknown) => {
    throw new Error(
      `${String(error)}\n${await plane.kubectl(shown)}\n${await plane.kubectl(["logs", "-n", "allot-system", "deploy/allot-controller", "--tail=20"])}`,
    );
  });
};

const completes = async (name: string): Promise<void> =>
  awaited(["--for=condition=Complete", `sweep/${name}`, "--timeout=90s"], ["describe", "sweep,jobs,pods"]);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "allot-installed-"));
  plane = await startControlPlane({ folder: join(folder, "plane"), controllers: true });
  node = await startNode(plane, { folder: join(folder, "node") });
  for (const name of imageNames) {
    const archive = await makeImage(name, folder);
    await node.importImage(archive);
    rmSync(archive);
  }
  overlay = await writeOverlay({ folder: join(folder, "overlay"), install: "manifests/default", controlPlane: plane });
  await plane.kubectl(["apply", "-k", overlay.folder]);
  await awaited(["-n", "allot-system", "--for=condition=Available", "deployment", "--all", "--timeout=60s"], ["describe", "pods", "-n", "allot-system"]);
}, 240_000);
afterAll(async () => {
  await node?.stop();
  await plane?.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe("what `kubectl apply -k` has installed on a real node", () => {
  it("runs a sweep of the built-in trainer to its end", { timeout: 120_000 }, async () => {
    const manifest = readFileSync("packages/spec/corpus/accept/sleep.yaml", "utf8").replace("[0, 0.5, 1]", "[0, 0.001, 0.002]");
    await plane.kubectl(["apply", "-f", "-"], { input: manifest });
    await completes("sleep");
    expect(await plane.kubectl(["get", "sweep", "sleep", "-o", "jsonpath={.status.trials.succeeded}"])).toBe("300");
  });

  it("runs a Python program in its own image, which has neither Node nor Allot", { timeout: 120_000 }, async () => {
    await plane.kubectl(["apply", "-f", "manifests/examples/command-python.yaml"]);
    await completes("command-python");
    expect(await plane.kubectl(["get", "sweep", "command-python", "-o", "jsonpath={.status.trials.succeeded}"])).toBe("20");
  });

  it("gives lanes no credentials of the cluster", async () => {
    const { items } = JSON.parse(await plane.kubectl(["get", "pods", "-l", "allot.dev/sweep", "-o", "json"]));
    expect(items.length).toBeGreaterThan(0);
    expect(JSON.stringify(items)).not.toContain("serviceAccountToken");
  });

  it("answers probes and scrapes", async () => {
    const { controller } = overlay.ports;
    expect(await (await fetch(`http://127.0.0.1:${controller}/readyz`)).text()).toBe("ok\n");
    expect(await (await fetch(`http://127.0.0.1:${controller}/metrics`)).text()).toContain(
      'allot_sweep_trials{namespace="default",sweep="sleep",state="succeeded"} 300',
    );
  });

  it("asks for nothing that its roles don't grant", async () => {
    const roles = [
      ["clusterrole", "allot-controller"],
      ["role", "allot-controller-leader", "-n", "allot-system"],
    ].map(async (role) => JSON.parse(await plane.kubectl(["get", ...role, "-o", "json"])));
    const grants = grantsOf(...(await Promise.all(roles)));
    const calls = callsIn(readFileSync(plane.auditLog, "utf8"), "system:serviceaccount:allot-system:allot-controller");
    expect(calls).toContain("create jobs.batch");
    expect(calls.filter((call) => !grants.includes(call))).toEqual([]);
  });
});
