import { Cache, type Change, EventRecorder, isNotFound, type Kube, type KubeObject, type ResourceType, WorkQueue } from "@allot/kube";
import { type Clock, type Log, TaskGroup } from "@allot/runtime";
import { Acceptance } from "./acceptance.ts";
import { type ApplyOptions, apply, writeStatus } from "./apply.ts";
import { decide } from "./decide/decide.ts";
import { StatusPace } from "./decide/pace.ts";
import { byJob, bySweep, gather } from "./gather.ts";
import type { LaneDefaults } from "./job/job.ts";
import { kueueWorkloads } from "./kueue.ts";
import type { Metrics } from "./metrics.ts";
import { sweepLabel } from "./names.ts";
import { type Job, lanePods, type Pod, type SweepObject, sweepJobs, sweeps, type Workload } from "./objects.ts";
import { present } from "./present.ts";
import { Refusals } from "./refusals.ts";
import type { Variables } from "./work/connections.ts";
import { Works } from "./works.ts";
import { Written } from "./written.ts";

export interface ControllerOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly install: Variables;
  /** Asked for at each decision: the install's ConfigMap may change. */
  readonly defaults: () => LaneDefaults;
  /** This process among its replicas. */
  readonly instance: string;
}

/** Sweeps worked on at once. */
const workers = 4;

const ofSweep = ({ metadata }: KubeObject): string => `${metadata.namespace ?? "default"}/${metadata.labels?.[sweepLabel] ?? ""}`;

/** Keeps every Sweep of the cluster going: looks at one at a time, decides, does it, and says how it stands. */
export class Controller {
  readonly #o: ControllerOptions;
  readonly #queue: WorkQueue;
  readonly #sweeps: Cache<SweepObject>;
  readonly #jobs: Cache<Job>;
  readonly #pods: Cache<Pod>;
  /** Where Kueue is installed. */
  #kueue: { readonly type: ResourceType<Workload>; readonly workloads: Cache<Workload> } | undefined;
  readonly #recorder: EventRecorder;
  readonly #works: Works;
  readonly #acceptance: Acceptance;
  readonly #pace: StatusPace;
  readonly #refusals = new Refusals();
  readonly #writtenJobs = new Written<Job>();
  readonly #writtenSweeps = new Written<SweepObject>();

  constructor(options: ControllerOptions) {
    this.#o = options;
    const { kube, clock, metrics, install } = options;
    const wake = ({ current, previous }: Change<KubeObject>): void => {
      const object = current ?? previous;
      if (object) this.#queue.add(ofSweep(object));
    };
    const common = { clock, metrics: { restarted: (reason: string) => metrics.watchRestarted(reason) } };
    this.#queue = new WorkQueue({ clock });
    this.#sweeps = new Cache({ ...common, resource: kube.resource(sweeps), onChange: ({ key }) => this.#queue.add(key) });
    this.#jobs = new Cache({
      ...common,
      resource: kube.resource(sweepJobs),
      labelSelector: sweepLabel,
      onChange: wake,
      indexes: { [bySweep]: (job) => [ofSweep(job)] },
    });
    this.#pods = new Cache({
      ...common,
      resource: kube.resource(lanePods),
      labelSelector: sweepLabel,
      onChange: wake,
      transform: slim,
      indexes: {
        [bySweep]: (pod) => [ofSweep(pod)],
        [byJob]: (pod) => [`${pod.metadata.namespace ?? ""}/${pod.metadata.labels?.["batch.kubernetes.io/job-name"] ?? ""}`],
      },
    });
    this.#recorder = new EventRecorder({ kube, clock, component: "allot-controller", instance: options.instance });
    this.#works = new Works({
      kube,
      clock,
      install,
      defaultLanes: options.defaults().lanes,
      onChange: (key) => this.#queue.add(key),
      onMeasured: (key, points) => metrics.measured(key, points),
      onLost: (key) => metrics.sealLost(key),
      onSealed: (key, seconds) => metrics.packSealed(key, seconds),
    });
    this.#acceptance = new Acceptance(this.#works);
    this.#pace = new StatusPace();
    metrics.observe({ sweeps: () => this.#sweeps.all(), works: this.#works, queued: () => this.#queue.length });
  }

  /** Works until the signal aborts. @throws KubeError when the controller's own rights don't suffice. */
  async run({ signal }: { signal: AbortSignal }): Promise<void> {
    const group = new TaskGroup(signal);
    for (const cache of [this.#sweeps, this.#jobs, this.#pods]) group.start(async (life) => cache.run({ signal: life }));
    group.start(async (life) => this.#watchKueue(life));
    group.start(async (life) => this.#recorder.run({ signal: life }));
    group.start(async (life) => {
      await Promise.all([this.#sweeps, this.#jobs, this.#pods].map(async (cache) => cache.synced({ signal: life })));
      for (let i = 0; i < workers; i++) group.start(async (running) => this.#work(running));
    });
    try {
      await group.join();
    } finally {
      await this.#works.closeAll();
      this.#o.metrics.observe(undefined);
    }
  }

  /** Kueue may not be installed, or come later. */
  async #watchKueue(life: AbortSignal): Promise<void> {
    const { kube, clock, metrics } = this.#o;
    while (!life.aborted) {
      const type = await kueueWorkloads(kube, { signal: life }).catch(() => undefined);
      if (type) {
        const indexes = { [byJob]: ({ metadata }: Workload) => (metadata.ownerReferences ?? []).map(({ uid }) => uid) };
        const onChange = ({ current, previous }: Change<Workload>): void => this.#wakeOwner(current ?? previous);
        const workloads = new Cache({
          resource: kube.resource(type),
          clock,
          metrics: { restarted: (reason) => metrics.watchRestarted(reason) },
          onChange,
          indexes,
        });
        this.#kueue = { type, workloads };
        await workloads.run({ signal: life });
      }
      await clock.sleep(kueueEvery, { signal: life }).catch(() => undefined);
    }
  }

  #wakeOwner(workload: Workload | undefined): void {
    const owners = new Set(workload?.metadata.ownerReferences?.map(({ uid }) => uid));
    for (const job of this.#jobs.all()) if (owners.has(job.metadata.uid ?? "")) this.#queue.add(ofSweep(job));
  }

  async #work(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const key = await this.#queue.next({ signal });
      const begun = this.#o.clock.monotonic();
      try {
        const again = await this.#reconcile(key, signal);
        this.#queue.forget(key);
        if (again !== undefined) this.#queue.addAfter(key, again);
        this.#o.metrics.reconciled((this.#o.clock.monotonic() - begun) / 1000, "done");
      } catch (error) {
        if (signal.aborted) return;
        const wait = this.#queue.retry(key);
        this.#o.metrics.reconciled((this.#o.clock.monotonic() - begun) / 1000, "failed");
        this.#o.log.warn("a sweep could not be looked after; it is tried again", {
          sweep: key,
          wait,
          error: error instanceof Error ? error.message : String(error),
        });
      } finally {
        this.#queue.done(key);
      }
    }
  }

  async #reconcile(key: string, signal: AbortSignal): Promise<number | undefined> {
    const cached = this.#sweeps.get(key);
    if (!cached) return this.#gone(key);
    const object = this.#writtenSweeps.newer(cached);
    const { accepted, expansion } = await this.#acceptance.of(object, { signal });
    if (accepted.sweep) this.#works.adopt(object, accepted.sweep);
    const known = { object, accepted, work: this.#works.facts(object), defaults: this.#o.defaults(), jobRefused: this.#refusals.of(key) };
    const { kube, clock } = this.#o;
    const observed = await gather({ kube, clock, jobs: this.#jobs, pods: this.#pods, workloads: this.#kueue?.workloads, written: this.#writtenJobs }, known, {
      signal,
    });
    const { actions, status, again } = decide(observed);
    const options: ApplyOptions = {
      kube,
      recorder: this.#recorder,
      writtenJobs: this.#writtenJobs,
      writtenSweeps: this.#writtenSweeps,
      workloads: this.#kueue?.type,
      signal,
      refusals: {
        note: (job, message) => {
          this.#refusals.note(key, job, { message, at: clock.now() });
          this.#queue.add(key);
        },
        forget: () => this.#refusals.forget(key),
      },
      work: {
        open: async () => expansion && accepted.sweep && this.#works.open(object, accepted.sweep, expansion),
        close: async () => this.#works.close(key),
        drain: async () => this.#works.drain(object, accepted.sweep, { signal }),
      },
    };
    for (const action of actions) await apply(options, observed, action).catch(unlessGone(action.do));
    const later = status && this.#pace.wait(object, status, clock.now());
    if (status && later === 0) await writeStatus(options, object, status).catch(unlessGone("status"));
    const waits = [again, later === 0 ? undefined : later].filter((wait) => wait !== undefined);
    return waits.length > 0 ? Math.min(...waits) : undefined;
  }

  async #gone(key: string): Promise<undefined> {
    await this.#works.close(key);
    this.#acceptance.forget(key);
    this.#refusals.forget(key);
    this.#pace.forget(key);
    this.#o.metrics.forget(key);
  }
}

const kueueEvery = 60_000;

/** What was to be changed has gone meanwhile: the next look shows what that means. A Job that can't be made is another matter. */
const unlessGone =
  (what: string) =>
  (error: unknown): void => {
    if (!isNotFound(error) || what === "createJob") throw error;
  };

/** A pod without what the controller never reads: many lanes must not weigh. */
const slim = ({ apiVersion, kind, metadata, status }: Pod): Pod => {
  const { name, namespace, uid, resourceVersion, labels, ownerReferences, deletionTimestamp, creationTimestamp } = metadata;
  const kept = present({ namespace, uid, resourceVersion, labels, ownerReferences, deletionTimestamp, creationTimestamp });
  return { apiVersion, kind, metadata: { name, ...kept }, ...present({ status }) };
};
