import { laneTemplate, templateHash } from "../job/job.ts";
import { generationLabel, queueLabel, templateAnnotation } from "../names.ts";
import type { Job } from "../objects.ts";
import type { Action, Observed } from "./observed.ts";

/** Delays (ms) before a Job that ended too early is followed by another: doubled each time. */
const firstDelay = 5000;
const longestDelay = 60_000;

export const generationOf = ({ metadata }: Job): number => Number(metadata.labels?.[generationLabel] ?? 0);

/** When a Job ended (ms since the epoch); `undefined` while it goes on. */
export const endOf = ({ status }: Job): number | undefined => {
  const end = status?.conditions?.find(({ type, status: value }) => (type === "Complete" || type === "Failed" || type === "FailureTarget") && value === "True");
  return end && Date.parse(end.lastTransitionTime ?? "1970-01-01T00:00:00Z");
};

/** Lanes that a sweep should have: more than it has packs would never work. */
export const wantedLanes = ({ accepted, defaults, work }: Observed): number =>
  Math.max(1, Math.min(accepted.sweep?.spec.execution.lanes ?? defaults.lanes, work?.packs ?? Number.POSITIVE_INFINITY));

/** What to do about the sweep's Job while its trials are pending. */
export const decideJobs = (o: Observed): { actions: Action[]; again?: number } => {
  const current = o.jobs.at(-1);
  const end = current && endOf(current);
  if (!current || end !== undefined) return nextJob(o, end);
  return { actions: [...reshape(o, current), ...activate(o)] };
};

const delayAfter = (failures: number): number => Math.min(longestDelay, firstDelay * 2 ** (failures - 1));

const nextJob = (o: Observed, end: number | undefined): { actions: Action[]; again?: number } => {
  const { sweep } = o.accepted;
  const queued = sweep?.metadata.labels[queueLabel] !== undefined;
  if (!sweep || sweep.spec.suspend || !o.work?.open || o.defaults.trouble) return { actions: [] };
  const hash = templateHash(laneTemplate({ sweep, owner: o.object.metadata, defaults: o.defaults, ...secretOf(o) }));
  // A changed template is somebody's mend: it need not wait.
  const alike = o.jobs.filter(({ metadata }) => metadata.annotations?.[templateAnnotation] === hash);
  const { jobRefused } = o;
  const refusedUntil = jobRefused?.template === hash ? jobRefused.at + delayAfter(jobRefused.times) : 0;
  const endedUntil = alike.length === 0 || end === undefined ? 0 : end + delayAfter(alike.length);
  const wait = Math.max(refusedUntil, endedUntil) - o.now;
  if (wait > 0) return { actions: [], again: wait };
  const generation = Math.max(0, o.object.status?.lanes?.generation ?? 0, ...o.jobs.map(generationOf)) + 1;
  return { actions: [{ do: "createJob", generation, lanes: wantedLanes(o), suspend: queued }] };
};

const secretOf = ({ work }: Observed): { storeSecret?: string } => (work?.storeSecret === undefined ? {} : { storeSecret: work.storeSecret });

/** Brings a Job that goes on to the size, and out of or into the suspension, that the manifest asks for: one write. */
const reshape = (o: Observed, current: Job): Action[] => {
  const { sweep } = o.accepted;
  if (!sweep) return [];
  const job = current.metadata.name;
  const hash = templateHash(laneTemplate({ sweep, owner: o.object.metadata, defaults: o.defaults, ...secretOf(o) }));
  if (current.metadata.annotations?.[templateAnnotation] !== hash) return [{ do: "deleteJob", job }];
  const lanes = wantedLanes(o);
  const queued = current.metadata.labels?.[queueLabel] !== undefined;
  const resized = current.spec.completions !== lanes;
  // Under Kueue, `suspend` is Kueue's: only a new size sends the Job back to the queue.
  const suspend = queued ? current.spec.suspend || resized : sweep.spec.suspend;
  return resized || suspend !== current.spec.suspend ? [{ do: "resizeJob", job, lanes, suspend }] : [];
};

/** Under Kueue a person's `suspend` is said to the Workload. */
const activate = ({ accepted, workload }: Observed): Action[] => {
  if (!workload || !accepted.sweep) return [];
  const active = !accepted.sweep.spec.suspend;
  return (workload.spec?.active ?? true) === active ? [] : [{ do: "activateWorkload", workload: workload.metadata.name, active }];
};
