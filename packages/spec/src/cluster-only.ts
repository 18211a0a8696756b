import type { Sweep } from "./sweep/sweep.ts";

/** The fields a sweep gives that mean something on a cluster only, by name: a laptop runs the sweep without them. */
export function clusterOnly({ spec }: Sweep): string[] {
  const { execution } = spec;
  const given = {
    suspend: spec.suspend,
    ttlSecondsAfterFinished: spec.ttlSecondsAfterFinished !== undefined,
    "execution.image": execution.image !== undefined,
    "execution.imagePullPolicy": execution.imagePullPolicy !== undefined,
    "execution.imagePullSecrets": execution.imagePullSecrets.length > 0,
    "execution.store": execution.store !== undefined,
    "execution.resources": Object.keys({ ...execution.resources.limits, ...execution.resources.requests }).length > 0,
    "execution.data": execution.data.length > 0,
    "execution.template": execution.template !== undefined,
    "execution.retries.preempted": execution.retries.preempted !== 20,
  };
  return Object.entries(given).flatMap(([name, isGiven]) => (isGiven ? [name] : []));
}
