import type { SweepStatus } from "@allot/spec";
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Counts } from "./counts.ts";
import { keyOf } from "./names.ts";
import type { SweepObject } from "./objects.ts";
import type { Work } from "./work/work.ts";
import type { Works } from "./works.ts";

/** Where the figures of the moment come from, while this process leads. */
export interface MetricsSource {
  readonly sweeps: () => readonly SweepObject[];
  readonly works: Works;
  readonly queued: () => number;
}

const sweepLabels = ["namespace", "sweep"] as const;
const labelsOf = (key: string): { namespace: string; sweep: string } => {
  const [namespace = "", sweep = ""] = key.split("/");
  return { namespace, sweep };
};
const states = ["pending", "running", "succeeded", "pruned", "failed"] as const;
const byState = ({
  Pending: pending,
  Running: running,
  Succeeded: succeeded,
  Pruned: pruned,
  Failed: failed,
}: Counts): Record<(typeof states)[number], number> => ({
  pending,
  running,
  succeeded,
  pruned,
  failed,
});

/** What Prometheus scrapes: by sweep and state, never by trial; a sweep's series go when it does. */
export class Metrics {
  readonly registry = new Registry();
  #source: MetricsSource | undefined;
  readonly #trials = this.#gauge("allot_sweep_trials", "Trials of a sweep by state.", [...sweepLabels, "state"]);
  readonly #lanes = this.#gauge("allot_sweep_lanes", "Lanes of a sweep: wanted and active.", [...sweepLabels, "state"]);
  readonly #objective = this.#gauge("allot_sweep_objective", "The objective of a sweep's best arm.", [...sweepLabels, "stat"]);
  readonly #stage = this.#gauge("allot_sweep_stage", "The last stage of a sweep that has begun: its place from 1, by its name.", [...sweepLabels, "stage"]);
  readonly #packs = this.#gauge("allot_queue_packs", "Packs on a sweep's queue: queued, leased, or leased again after a lane fell silent.", [
    ...sweepLabels,
    "state",
  ]);
  readonly #measurements = this.#counter("allot_measurements_total", "Points measured by lanes and seen live.", sweepLabels);
  readonly #steps = this.#counter("allot_trial_steps_total", "Steps trained in a sweep's sealed trials, while it is worked on.", sweepLabels);
  readonly #lost = this.#counter("allot_seal_lost_total", "Seals that came second and were discarded.", sweepLabels);
  readonly #restarts = this.#counter("allot_watch_restarts_total", "Watches on the API server that had to begin anew.", ["reason"]);
  readonly #reconcile = new Histogram({
    name: "allot_reconcile_seconds",
    help: "Time to look after one sweep once.",
    labelNames: ["result"],
    buckets: [0.001, 0.01, 0.1, 1, 10],
    registers: [this.registry],
  });
  readonly #pack = new Histogram({
    name: "allot_pack_seconds",
    help: "Time from the start of an attempt at a pack to its seal.",
    labelNames: [...sweepLabels],
    buckets: [0.1, 1, 10, 60, 600, 3600],
    registers: [this.registry],
  });
  readonly #depth = this.#gauge("allot_workqueue_depth", "Sweeps that wait to be looked after.", []);

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  /** Where figures come from now; `undefined` when this process leads no more. */
  observe(source: MetricsSource | undefined): void {
    this.#source = source;
    if (!source) for (const counted of this.#counted()) counted.reset();
  }

  measured(key: string, points: number): void {
    this.#measurements.inc(labelsOf(key), points);
  }

  sealLost(key: string): void {
    this.#lost.inc(labelsOf(key));
  }

  packSealed(key: string, seconds: number): void {
    this.#pack.observe(labelsOf(key), seconds);
  }

  watchRestarted(reason: string): void {
    this.#restarts.inc({ reason });
  }

  reconciled(seconds: number, result: "done" | "failed"): void {
    this.#reconcile.observe({ result }, seconds);
  }

  /** A sweep is gone: so are its series. */
  forget(key: string): void {
    const labels = labelsOf(key);
    for (const counted of this.#counted()) counted.remove(labels);
  }

  #counted(): (Counter | Histogram)[] {
    return [this.#measurements, this.#lost, this.#pack];
  }

  /** The text that Prometheus reads. */
  async text(): Promise<string> {
    await this.#collect();
    return this.registry.metrics();
  }

  async #collect(): Promise<void> {
    for (const gauge of [this.#trials, this.#lanes, this.#objective, this.#stage, this.#packs, this.#steps]) gauge.reset();
    const source = this.#source;
    this.#depth.set(source?.queued() ?? 0);
    if (!source) return;
    for (const object of source.sweeps()) this.#sweep(object, source);
    // At once: each waits for its broker, and one that is away must not keep Prometheus from the rest.
    await Promise.all([...source.works.all()].map(async ([key, work]) => this.#queue(labelsOf(key), work)));
  }

  async #queue(labels: Readonly<Record<string, string>>, work: Work): Promise<void> {
    const packs = await work.queue().catch(() => undefined);
    if (packs) for (const state of ["queued", "leased", "redelivered"] as const) this.#packs.set({ ...labels, state }, packs[state]);
  }

  #sweep(object: SweepObject, { works }: MetricsSource): void {
    const labels = labelsOf(keyOf(object.metadata));
    const facts = works.facts(object);
    if (facts) this.#steps.inc(labels, facts.steps);
    const { status = {} } = object;
    const trials = facts?.counts ? byState(facts.counts) : status.trials;
    if (trials) for (const state of states) this.#trials.set({ ...labels, state }, trials[state] ?? 0);
    this.#lanes.set({ ...labels, state: "wanted" }, status.lanes?.wanted ?? 0);
    this.#lanes.set({ ...labels, state: "active" }, status.lanes?.active ?? 0);
    this.#standing(labels, { best: status.best, stage: status.stage, ...facts });
  }

  #standing(labels: Readonly<Record<string, string>>, { best, stage }: Pick<SweepStatus, "best" | "stage">): void {
    if (stage) this.#stage.set({ ...labels, stage: stage.name }, stage.number);
    if (!best) return;
    const { mean, halfWidth, replicates } = best;
    for (const [stat, value] of Object.entries({ mean, halfWidth, replicates })) if (value !== undefined) this.#objective.set({ ...labels, stat }, value);
  }

  #gauge(name: string, help: string, labelNames: readonly string[]): Gauge {
    return new Gauge({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }

  #counter(name: string, help: string, labelNames: readonly string[]): Counter {
    return new Counter({ name, help, labelNames: [...labelNames], registers: [this.registry] });
  }
}
