import { type EventRecorder, isAlreadyExists, isForbidden, isInvalid, isNotFound, type Kube, type ResourceType } from "@allot/kube";
import type { SweepStatus } from "@allot/spec";
import type { Action, Observed } from "./decide/observed.ts";
import { laneJob } from "./job/job.ts";
import type { Trouble } from "./lanes.ts";
import { fieldManager, finalizer } from "./names.ts";
import { type Job, type SweepObject, sweepJobs, sweeps, type Workload } from "./objects.ts";
import type { Written } from "./written.ts";

export interface ApplyOptions {
  readonly kube: Kube;
  readonly recorder: EventRecorder;
  readonly writtenJobs: Written<Job>;
  readonly writtenSweeps: Written<SweepObject>;
  /** As the installed Kueue serves them. */
  readonly workloads: ResourceType<Workload> | undefined;
  /** What has to do with the sweep's queue is not Kubernetes'. */
  readonly work: { open(): Promise<unknown>; close(): Promise<void>; drain(): Promise<void> };
  readonly refusals: { note(job: Job, message: string): void; forget(): void };
  readonly signal: AbortSignal;
}

/** Does one thing of a decision. */
export const apply = async (o: ApplyOptions, observed: Observed, action: Action): Promise<void> => {
  const { kube, recorder, signal } = o;
  const { object } = observed;
  const { name, namespace } = object.metadata;
  const at = { namespace, signal, fieldManager };
  switch (action.do) {
    case "addFinalizer":
      o.writtenSweeps.note(await kube.resource(sweeps).mergePatch(name, withFinalizers(object, [...(object.metadata.finalizers ?? []), finalizer]), at));
      return;
    case "removeFinalizer":
      await kube
        .resource(sweeps)
        .mergePatch(
          name,
          withFinalizers(
            object,
            (object.metadata.finalizers ?? []).filter((one) => one !== finalizer),
          ),
          at,
        )
        .catch(unlessGone);
      return;
    case "openWork":
      await o.work.open();
      return;
    case "closeWork":
      return o.work.close();
    case "drainWork":
      return o.work.drain().catch((error: unknown) => {
        // A sweep that does not go is to say why.
        if (!signal.aborted)
          recorder.note(object, { type: "Warning", reason: "QueueNotRemoved", message: error instanceof Error ? error.message : String(error) });
        throw error;
      });
    case "deleteSweep":
      await kube.resource(sweeps).delete(name, { namespace, signal });
      return;
    case "createJob":
      return createJob(o, observed, action);
    case "resizeJob": {
      const { lanes, suspend } = action;
      const patch = { spec: { completions: lanes, parallelism: lanes, suspend } };
      o.writtenJobs.note(await kube.resource(sweepJobs).mergePatch(action.job, patch, at));
      return;
    }
    case "deleteJob":
      await kube.resource(sweepJobs).delete(action.job, { namespace, signal });
      return;
    case "activateWorkload":
      await activate(o, object, action);
      return;
    case "suspendSweep":
      return suspendSweep(o, object, action.why);
    case "event":
      recorder.note(object, action);
      return;
    default:
      action satisfies never;
  }
};

const suspendSweep = async ({ kube, recorder, writtenSweeps, signal }: ApplyOptions, object: SweepObject, why: Trouble): Promise<void> => {
  const { name, namespace } = object.metadata;
  recorder.note(object, { type: "Warning", ...why });
  writtenSweeps.note(await kube.resource(sweeps).mergePatch(name, { spec: { suspend: true } }, { namespace, signal, fieldManager }));
};

const activate = async (
  { kube, workloads, signal }: ApplyOptions,
  { metadata: { namespace } }: SweepObject,
  { workload, active }: Extract<Action, { do: "activateWorkload" }>,
): Promise<void> => {
  if (workloads) await kube.resource(workloads).mergePatch(workload, { spec: { active } }, { namespace, signal, fieldManager });
};

const createJob = async (o: ApplyOptions, observed: Observed, action: Extract<Action, { do: "createJob" }>): Promise<void> => {
  const { object, accepted, defaults, work } = observed;
  if (!accepted.sweep) return;
  const { generation, lanes, suspend } = action;
  const storeSecret = work?.storeSecret === undefined ? {} : { storeSecret: work.storeSecret };
  const job = laneJob({ sweep: accepted.sweep, owner: object.metadata, generation, lanes, suspend, defaults, ...storeSecret });
  try {
    o.writtenJobs.note(await o.kube.resource(sweepJobs).create(job, { signal: o.signal, fieldManager }));
    o.refusals.forget();
    o.recorder.note(object, { type: "Normal", reason: "LanesCreated", message: `Job ${job.metadata.name} with ${lanes} lanes` });
  } catch (error) {
    // Said in the status; a template, or a quota, is a person's to mend.
    if (isInvalid(error) || isForbidden(error)) o.refusals.note(job, error.message);
    // Made already, and not in the cache yet.
    else if (!isAlreadyExists(error)) throw error;
  }
};

/** With the version, so that nobody else's finalizer is undone. */
const withFinalizers = ({ metadata }: SweepObject, finalizers: readonly string[]): unknown => ({
  metadata: { finalizers, resourceVersion: metadata.resourceVersion },
});

const unlessGone = (error: unknown): void => {
  if (!isNotFound(error)) throw error;
};

/** Writes the status whole: it is the controller's alone. */
export const writeStatus = async (o: ApplyOptions, object: SweepObject, status: SweepStatus): Promise<void> => {
  const { name, namespace } = object.metadata;
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const written = await o.kube.resource(sweeps).applyStatus({ metadata, status }, { fieldManager, force: true, signal: o.signal });
  o.writtenSweeps.note(written);
};
