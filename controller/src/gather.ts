import { type Cache, events, type Kube } from "@allot/kube";
import type { Clock } from "@allot/runtime";
import { endOf, generationOf } from "./decide/jobs.ts";
import type { Accepted, JobRefused, Observed } from "./decide/observed.ts";
import type { LaneDefaults } from "./job/job.ts";
import { keyOf } from "./names.ts";
import type { Job, Pod, SweepObject, Workload } from "./objects.ts";
import { present } from "./present.ts";
import type { WorkFacts } from "./work/facts.ts";
import type { Written } from "./written.ts";

/** A Job that goes on without a pod for this long (ms) has its events read. */
const podsLate = 5000;

export interface GatherOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly jobs: Cache<Job>;
  readonly pods: Cache<Pod>;
  readonly workloads: Cache<Workload> | undefined;
  readonly written: Written<Job>;
}

export interface Known {
  readonly object: SweepObject;
  readonly accepted: Accepted;
  readonly work: WorkFacts | undefined;
  readonly defaults: LaneDefaults;
  readonly jobRefused: JobRefused | undefined;
}

/** Name of the index that finds what belongs to a sweep. */
export const bySweep = "sweep";
export const byJob = "job";

/** Everything that a decision about one sweep rests on. */
export const gather = async (
  o: GatherOptions,
  { object, accepted, work, defaults, jobRefused }: Known,
  { signal }: { signal: AbortSignal },
): Promise<Observed> => {
  const key = keyOf(object.metadata);
  const ours = ({ metadata }: Job): boolean => metadata.ownerReferences?.some(({ uid }) => uid === object.metadata.uid) ?? false;
  const jobs = o.jobs
    .by(bySweep, key)
    .filter(ours)
    .map((job) => o.written.newer(job))
    .sort((a, b) => generationOf(a) - generationOf(b));
  const current = jobs.at(-1);
  const pods = current ? o.pods.by(byJob, keyOf(current.metadata)) : o.pods.by(bySweep, key);
  const refused = current && (await podsRefused(o, current, pods, signal));
  const workload = current && o.workloads?.by(byJob, current.metadata.uid ?? "").at(0);
  return {
    object,
    accepted,
    jobs,
    pods,
    defaults,
    now: o.clock.now(),
    ...present({ podsRefused: refused, workload, work, jobRefused }),
  };
};

/** Why a Job has no pods: a quota, an admission rule. Only the Job controller's events say it. */
const podsRefused = async ({ kube, clock }: GatherOptions, job: Job, pods: readonly Pod[], signal: AbortSignal): Promise<string | undefined> => {
  const age = clock.now() - Date.parse(job.status?.startTime ?? job.metadata.creationTimestamp ?? "");
  if (pods.length > 0 || job.spec.suspend || endOf(job) !== undefined || !(age > podsLate)) return undefined;
  const fieldSelector = `involvedObject.uid=${job.metadata.uid ?? ""},reason=FailedCreate`;
  const { items } = await kube.resource(events).list({ namespace: job.metadata.namespace, fieldSelector, signal });
  return items.at(-1)?.message;
};
