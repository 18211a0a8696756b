import type { Kube, KubeObject, Resource } from "@allot/kube";
import { systemClock } from "@allot/runtime";
import { queueLabel } from "../names.ts";
import { type Job, sweepJobs, type Workload } from "../objects.ts";

/** A Workload's parts that Kueue writes besides those that the controller reads. */
interface PlayedWorkload extends Workload {
  readonly spec: { readonly active: boolean; readonly queueName: string; readonly podSets: readonly { readonly name: string; readonly count: number }[] };
}

/** `kueue.x-k8s.io` with nothing but Workloads, whose fields are anybody's. */
export const workloadDefinition = (): KubeObject & { readonly spec: unknown } => ({
  apiVersion: "apiextensions.k8s.io/v1",
  kind: "CustomResourceDefinition",
  metadata: { name: "workloads.kueue.x-k8s.io", annotations: { "api-approved.kubernetes.io": "unapproved, a test's" } },
  spec: {
    group: "kueue.x-k8s.io",
    scope: "Namespaced",
    names: { kind: "Workload", listKind: "WorkloadList", plural: "workloads", singular: "workload", shortNames: ["wl"] },
    versions: [
      {
        name: "v1beta1",
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: { openAPIV3Schema: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
      },
    ],
  },
});

const workloadsType = { group: "kueue.x-k8s.io", version: "v1beta1", plural: "workloads", kind: "Workload", namespaced: true } as const;
const everyMilliseconds = 100;
const fieldManager = "kueue";

/**
 * Plays the part of Kueue that a queued Job meets, as its documentation tells it: a Workload for each Job, quota or a reason why
 * not, `suspend` of the Job, eviction of what is deactivated, and a new turn for a Job of another size. It knows one number: how many
 * pods have quota.
 */
export class PlayedKueue {
  readonly #jobs: Resource<Job>;
  readonly #workloads: Resource<PlayedWorkload>;
  readonly #life = new AbortController();
  readonly #done: Promise<void>;
  /** Pods that have quota, for each Job. */
  quota = 0;

  constructor(kube: Kube) {
    this.#jobs = kube.resource(sweepJobs);
    this.#workloads = kube.resource<PlayedWorkload>(workloadsType);
    this.#done = this.#play(this.#life.signal);
  }

  /** The Workload of a Job. */
  async workloadOf(job: string): Promise<PlayedWorkload | undefined> {
    return this.#workloads.get(`job-${job}`, { namespace: "default", signal: this.#life.signal });
  }

  /** @throws what went wrong while it played */
  async stop(): Promise<void> {
    this.#life.abort();
    await this.#done;
  }

  async #play(signal: AbortSignal): Promise<void> {
    try {
      while (!signal.aborted) {
        const { items } = await this.#jobs.list({ namespace: "default", labelSelector: queueLabel, signal });
        for (const job of items) if (job.metadata.deletionTimestamp === undefined) await this.#reconcile(job, signal);
        await systemClock.sleep(everyMilliseconds, { signal });
      }
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }

  async #reconcile(job: Job, signal: AbortSignal): Promise<void> {
    const { name } = job.metadata;
    const workload = await this.#workloads.get(`job-${name}`, { namespace: "default", signal });
    const count = job.spec.parallelism;
    if (!workload) return this.#queue(job, signal);
    if (!workload.spec.active) return this.#evict(job, workload, { reason: "Deactivated", message: "The workload is deactivated", signal });
    if (workload.spec.podSets[0]?.count !== count) return this.#requeue(job, workload, signal);
    if (count > this.quota) {
      const message = `couldn't assign flavors to pod set main: insufficient unused quota for pods in flavor default, ${count - this.quota} more needed`;
      return this.#evict(job, workload, { reason: "Pending", message, signal });
    }
    await this.#say(workload, { status: "True", reason: "QuotaReserved", message: "Quota reserved in ClusterQueue all", signal });
    return this.#suspend(job, false, signal);
  }

  async #queue({ metadata, spec }: Job, signal: AbortSignal): Promise<void> {
    const { name, namespace, uid = "", labels } = metadata;
    await this.#workloads.create(
      {
        metadata: {
          name: `job-${name}`,
          ...(namespace === undefined ? {} : { namespace }),
          ownerReferences: [{ apiVersion: "batch/v1", kind: "Job", name, uid, controller: true }],
        },
        spec: { active: true, queueName: labels?.[queueLabel] ?? "", podSets: [{ name: "main", count: spec.parallelism }] },
      },
      { signal, fieldManager },
    );
  }

  async #requeue(job: Job, { metadata }: PlayedWorkload, signal: AbortSignal): Promise<void> {
    await this.#suspend(job, true, signal);
    const patch = { spec: { podSets: [{ name: "main", count: job.spec.parallelism }] } };
    await this.#workloads.mergePatch(metadata.name, patch, { namespace: metadata.namespace, signal, fieldManager });
  }

  async #evict(job: Job, workload: PlayedWorkload, { signal, ...why }: { reason: string; message: string; signal: AbortSignal }): Promise<void> {
    await this.#suspend(job, true, signal);
    await this.#say(workload, { ...why, status: "False", signal });
  }

  async #suspend({ metadata, spec }: Job, suspend: boolean, signal: AbortSignal): Promise<void> {
    if (spec.suspend !== suspend) await this.#jobs.mergePatch(metadata.name, { spec: { suspend } }, { namespace: metadata.namespace, signal, fieldManager });
  }

  async #say(workload: PlayedWorkload, said: { status: "True" | "False"; reason: string; message: string; signal: AbortSignal }): Promise<void> {
    const { signal, ...why } = said;
    const now = workload.status?.conditions?.find(({ type }) => type === "QuotaReserved");
    if (now?.status === why.status && now.message === why.message) return;
    const lastTransitionTime = new Date(systemClock.now()).toISOString();
    const conditions = ["QuotaReserved", "Admitted"].map((type) => ({ type, ...why, lastTransitionTime }));
    const { name, namespace } = workload.metadata;
    const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
    await this.#workloads.applyStatus({ metadata, status: { conditions } }, { signal, fieldManager, force: true });
  }
}
