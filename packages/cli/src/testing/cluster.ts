import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { type SweepObject, sweeps } from "@allot/controller";
import { type Kube, openKube } from "@allot/kube";
import type { SweepStatus } from "@allot/spec";
import { type ControlPlane, startControlPlane } from "@allot/testbed";
import type { Context } from "../context.ts";
import { type Said, say } from "./terminal.ts";

const definition = fileURLToPath(new URL("../../../../manifests/crd/sweeps.allot.dev.yaml", import.meta.url));
const { signal } = new AbortController();
const now = "2026-01-31T12:00:00Z";

export type Conditions = NonNullable<SweepStatus["conditions"]>;

/** A condition as the controller writes it. */
export const said = (type: Conditions[number]["type"], status: "True" | "False", reason: string, message = ""): Conditions[number] => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: now,
});

/** A real API server with a folder of manifests; the test writes what a controller would. */
export class TestCluster {
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  readonly kube: Kube;

  private constructor(parts: Pick<TestCluster, "folder" | "controlPlane" | "kube">) {
    ({ folder: this.folder, controlPlane: this.controlPlane, kube: this.kube } = parts);
  }

  static async start(): Promise<TestCluster> {
    const folder = await mkdtemp(path.join(os.tmpdir(), "allot-cli-cluster-"));
    const controlPlane = await startControlPlane({ folder: path.join(folder, "kubernetes") });
    return new TestCluster({ folder, controlPlane, kube: await openKube({ kubeconfig: controlPlane.kubeconfig }) });
  }

  async install(): Promise<void> {
    await this.controlPlane.kubectl(["apply", "-f", definition]);
    await this.controlPlane.served("sweeps");
  }

  async namespace(name: string): Promise<string> {
    await this.controlPlane.kubectl(["create", "namespace", name]);
    return name;
  }

  async write(name: string, text: string): Promise<string> {
    const file = path.join(this.folder, name);
    await writeFile(file, text);
    return file;
  }

  /** Runs a command line against this cluster. */
  async say(args: readonly string[], environment: Context["environment"] = {}): Promise<Said> {
    return say([...args, "--kubeconfig", this.controlPlane.kubeconfig], { cwd: this.folder, environment });
  }

  async sweep(namespace: string, name: string): Promise<SweepObject> {
    const found = await this.kube.resource(sweeps).get(name, { namespace, signal });
    if (!found) throw new Error(`no sweep ${namespace}/${name}`);
    return found;
  }

  /** Writes a sweep's status, as of its present generation. */
  async status(namespace: string, name: string, status: SweepStatus): Promise<SweepObject> {
    const { metadata } = await this.sweep(namespace, name);
    const whole = { startTime: now, observedGeneration: metadata.generation ?? 1, ...status };
    return this.kube.resource(sweeps).applyStatus({ metadata: { name, namespace }, status: whole }, { fieldManager: "allot-controller", force: true, signal });
  }

  async stop(): Promise<void> {
    this.kube.close();
    await this.controlPlane.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}
