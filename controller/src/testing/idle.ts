import type { KubeObject } from "@allot/kube";

/** A sweep of trials that do nothing: four arms, each with so many replicates. */
export const idleSweep = (name: string, spec: Readonly<Record<string, unknown>> = {}, replicates = 25): KubeObject & { readonly spec: unknown } => ({
  apiVersion: "allot.dev/v1alpha1",
  kind: "Sweep",
  metadata: { name, namespace: "default" },
  spec: {
    objective: { metric: "validation.loss", direction: "minimize" },
    trainer: { study: { data: { kind: "sleep", seconds: 0 } } },
    parameters: [{ name: "arm", path: "seeds.order", values: [1, 2, 3, 4] }],
    replicates: { count: replicates },
    execution: { lanes: 2 },
    ...spec,
  },
});

/** The same in a namespace of its own. */
export const idleIn = (namespace: string, name: string, spec: Readonly<Record<string, unknown>> = {}, replicates = 2): ReturnType<typeof idleSweep> => ({
  ...idleSweep(name, spec, replicates),
  metadata: { name, namespace },
});

/** A Secret with these keys. */
export const secretOf = (name: string, namespace: string, stringData: Readonly<Record<string, string | undefined>>): KubeObject & { stringData: unknown } => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name, namespace },
  stringData,
});
