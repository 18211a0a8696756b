import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ControlPlane } from "../control-plane/control-plane.ts";
import { nodeName } from "../control-plane/credentials.ts";
import { socketIn } from "./containerd.ts";

export interface KubeletOptions {
  readonly folder: string;
  readonly controlPlane: ControlPlane;
  /** Of this machine, and not loopback: the API server asks there for logs. */
  readonly address: string;
}

/** Makes the files that the kubelet wants; returns its arguments but for the ports. */
export const configureKubelet = async ({ folder, controlPlane, address }: KubeletOptions): Promise<string[]> => {
  const root = join(folder, "kubelet");
  await mkdir(root, { recursive: true });
  const config = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address,
    // Only the API server's own certificate is let in.
    authentication: { anonymous: { enabled: false }, webhook: { enabled: false }, x509: { clientCAFile: controlPlane.kubeletClient } },
    authorization: { mode: "AlwaysAllow" },
    containerRuntimeEndpoint: `unix://${socketIn(folder)}`,
    podLogsDir: join(folder, "pod-logs"),
    // A machine that has other work too: nothing is reserved, enforced or evicted.
    failCgroupV1: false,
    cgroupDriver: "cgroupfs",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    localStorageCapacityIsolation: false,
    failSwapOn: false,
    evictionHard: { "memory.available": "1Mi", "nodefs.available": "0%", "imagefs.available": "0%", "nodefs.inodesFree": "0%" },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    registerWithTaints: [],
    syncFrequency: "5s",
  };
  const file = join(folder, "kubelet.json");
  await writeFile(file, JSON.stringify(config));
  const kubeconfig = await controlPlane.kubeconfigFor({ node: true });
  return [
    `--config=${file}`,
    `--kubeconfig=${kubeconfig}`,
    `--root-dir=${root}`,
    `--cert-dir=${join(root, "pki")}`,
    `--hostname-override=${nodeName}`,
    `--node-ip=${address}`,
  ];
};
