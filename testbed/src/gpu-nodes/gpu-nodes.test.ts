import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "@allot/runtime";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ControlPlane, startControlPlane } from "../control-plane/control-plane.ts";
import type { Server } from "../process/server.ts";
import { startGpuNodes } from "./gpu-nodes.ts";

let folder: string;
let plane: ControlPlane;
let nodes: Server;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-gpus-"));
  plane = await startControlPlane({ folder: join(folder, "plane"), controllers: true });
  nodes = await startGpuNodes(plane, { folder: join(folder, "nodes"), nodes: 2, gpus: 8, exclusive: true });
});
afterAll(async () => {
  await nodes?.stop();
  await plane?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** An Indexed Job of pods with one GPU each. */
const job = (name: string, completions: number): string =>
  JSON.stringify({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name },
    spec: {
      completionMode: "Indexed",
      completions,
      parallelism: completions,
      template: {
        spec: {
          restartPolicy: "Never",
          initContainers: [{ name: "before", image: "none" }],
          containers: [{ name: "lane", image: "none", resources: { limits: { "nvidia.com/gpu": 1 } } }],
        },
      },
    },
  });

interface Pod {
  readonly spec: { readonly nodeName?: string };
  readonly status: { readonly phase: string; readonly conditions?: readonly { readonly type: string; readonly status: string; readonly message?: string }[] };
}

const podsOf = async (name: string): Promise<readonly Pod[]> => {
  const { items }: { items: readonly Pod[] } = JSON.parse(await plane.kubectl(["get", "pods", "-l", `job-name=${name}`, "-o", "json"]));
  return items;
};

/** The pods of a job, once they are as wanted. */
const podsOnce = async (name: string, wanted: (pods: readonly Pod[]) => boolean): Promise<readonly Pod[]> => {
  const signal = AbortSignal.timeout(30_000);
  for (;;) {
    const pods = await podsOf(name);
    if (wanted(pods)) return pods;
    await systemClock.sleep(100, { signal });
  }
};

const inPhase = (pods: readonly Pod[], phase: string): number => pods.filter(({ status }) => status.phase === phase).length;
const refused = (pods: readonly Pod[]): number =>
  pods.filter(({ status }) => status.conditions?.some(({ message }) => message?.includes("Insufficient nvidia.com/gpu"))).length;

describe("simulated GPU nodes", () => {
  it("run as many pods as they have GPUs, until somebody ends them", async () => {
    await plane.kubectl(["apply", "-f", "-"], { input: job("lanes", 18) });
    const pods = await podsOnce("lanes", (now) => inPhase(now, "Running") === 16 && refused(now) === 2);
    const perNode = Object.groupBy(pods, ({ spec }) => spec.nodeName ?? "none");
    expect(Object.fromEntries(Object.entries(perNode).map(([name, own]) => [name, own?.length]))).toEqual({ "gpu-0": 8, "gpu-1": 8, none: 2 });
    const running = pods.find(({ status }) => status.phase === "Running");
    expect(running?.status.conditions).toContainEqual(expect.objectContaining({ type: "Ready", status: "True" }));
    await plane.kubectl(["patch", "job", "lanes", "-p", '{"spec":{"suspend":true}}']);
    await podsOnce("lanes", (now) => now.length === 0);
  });

  it("keep a pod's status that somebody patches", async () => {
    await plane.kubectl(["apply", "-f", "-"], { input: job("ends", 1) });
    await podsOnce("ends", (now) => inPhase(now, "Running") === 1);
    const [name = ""] = (await plane.kubectl(["get", "pods", "-l", "job-name=ends", "-o", "name"])).split("\n");
    await plane.kubectl(["patch", name, "--subresource=status", "-p", '{"status":{"phase":"Succeeded"}}']);
    expect(await plane.kubectl(["wait", "--for=condition=Complete", "job/ends", "--timeout=30s"])).toContain("condition met");
  });

  it("take no pod that asks for no GPU, where they are exclusive", async () => {
    await plane.kubectl(["run", "elsewhere", "--image=none"]);
    const unschedulable = "--for=jsonpath={.status.conditions[0].reason}=Unschedulable";
    expect(await plane.kubectl(["wait", unschedulable, "pod/elsewhere", "--timeout=30s"])).toContain("condition met");
  });
});
