import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { program } from "../build/programs.ts";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import type { Server } from "../process/server.ts";
import { startOnPorts } from "../process/server.ts";
import { kwokConfiguration } from "./stages.ts";

export interface GpuNodesOptions {
  readonly folder: string;
  /** How many nodes: `gpu-0`, `gpu-1`, … */
  readonly nodes: number;
  /** `nvidia.com/gpu` of each. */
  readonly gpus: number;
  /** Whether pods that ask for no GPU stay away, so that they run on a real node. */
  readonly exclusive?: boolean;
}

const annotation = "kwok.x-k8s.io/node";

/** Simulated nodes: pods that are scheduled to them run at once, for ever and without a container. All are Ready when it resolves. */
export const startGpuNodes = async (controlPlane: ControlPlane, { folder, nodes, gpus, exclusive = false }: GpuNodesOptions): Promise<Server> => {
  const command = await program("kwok");
  await mkdir(folder, { recursive: true });
  const config = join(folder, "kwok.yaml");
  await writeFile(config, kwokConfiguration);
  const items = Array.from({ length: nodes }, (_, index) => node(`gpu-${index}`, gpus, exclusive));
  await controlPlane.kubectl(["apply", "-f", "-"], { input: JSON.stringify({ apiVersion: "v1", kind: "List", items }) });
  const server = await startOnPorts(1, ([port]) => ({
    name: "kwok",
    folder,
    command,
    args: [
      `--kubeconfig=${controlPlane.kubeconfig}`,
      `--config=${config}`,
      `--manage-nodes-with-annotation-selector=${annotation}=fake`,
      "--node-lease-duration-seconds=40",
      `--server-address=127.0.0.1:${port}`,
    ],
    ready: async (signal) => (await fetch(`http://127.0.0.1:${port}/healthz`, { signal })).ok,
  }));
  await controlPlane.kubectl(["wait", "--for=condition=Ready", "--timeout=60s", ...items.map(({ metadata }) => `node/${metadata.name}`)]);
  return server;
};

const node = (name: string, gpus: number, exclusive: boolean) => {
  // The API server adds the toleration to pods that ask for a GPU.
  const taints = exclusive ? [{ key: "nvidia.com/gpu", effect: "NoSchedule" }] : [];
  const resources = { cpu: "96", memory: "1Ti", pods: "250", "ephemeral-storage": "1Ti", "nvidia.com/gpu": String(gpus) };
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      annotations: { [annotation]: "fake" },
      labels: { "kubernetes.io/hostname": name, "kubernetes.io/os": "linux", "kubernetes.io/arch": "amd64", "nvidia.com/gpu.present": "true" },
    },
    spec: { taints },
    status: { capacity: resources, allocatable: resources },
  };
};
