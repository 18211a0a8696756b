import type { Kube, ResourceType } from "@allot/kube";
import type { Workload } from "./objects.ts";

const group = "kueue.x-k8s.io";

/** What discovery says of an API group. */
interface Group {
  readonly preferredVersion?: { readonly version?: string };
}

/** Kueue's Workloads in the version that the cluster prefers. @throws KubeError where Kueue is not installed */
export const kueueWorkloads = async (kube: Kube, { signal }: { signal: AbortSignal }): Promise<ResourceType<Workload>> => {
  const { preferredVersion }: Group = JSON.parse(await kube.request(`/apis/${group}`, { signal }));
  return { group, version: preferredVersion?.version ?? "v1beta1", plural: "workloads", kind: "Workload", namespaced: true };
};
