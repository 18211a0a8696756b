import type { Expansion } from "@allot/expansion";
import type { Kube } from "@allot/kube";
import type { Clock } from "@allot/runtime";
import type { Sweep } from "@allot/spec";
import { laneThreads } from "./job/threads.ts";
import { keyOf, placeOf } from "./names.ts";
import type { SweepObject } from "./objects.ts";
import { sweepConnections, type Variables } from "./work/connections.ts";
import type { WorkFacts } from "./work/facts.ts";
import { drain, Work } from "./work/work.ts";

export interface WorksOptions {
  readonly kube: Kube;
  readonly clock: Clock;
  /** The controller's own environment. */
  readonly install: Variables;
  readonly defaultLanes: number;
  readonly onChange: (key: string) => void;
  readonly onMeasured: (key: string, points: number) => void;
  readonly onLost: (key: string) => void;
  readonly onSealed: (key: string, seconds: number) => void;
}

/** A broker that doesn't answer must not keep a sweep from being deleted. */
const drainMilliseconds = 10_000;

/** The work of all sweeps that this leader has open, by the sweep's key. */
export class Works {
  readonly #o: WorksOptions;
  readonly #open = new Map<string, { readonly uid: string; readonly work: Work }>();

  constructor(options: WorksOptions) {
    this.#o = options;
  }

  /** Facts of the work on this very object. */
  facts({ metadata }: SweepObject): WorkFacts | undefined {
    const entry = this.#open.get(keyOf(metadata));
    return entry && entry.uid === metadata.uid ? entry.work.facts() : undefined;
  }

  all(): Iterable<readonly [string, Work]> {
    return [...this.#open].map(([key, { work }]) => [key, work] as const);
  }

  /** The sweep's manifest as it was accepted last. */
  adopt({ metadata }: SweepObject, sweep: Sweep): void {
    const entry = this.#open.get(keyOf(metadata));
    if (entry?.uid === metadata.uid) entry?.work.adopt(sweep);
  }

  async open(object: SweepObject, sweep: Sweep, expansion: Expansion): Promise<void> {
    const key = keyOf(object.metadata);
    const uid = object.metadata.uid ?? "";
    if (this.#open.get(key)?.uid === uid) return;
    // One of this name was there before, and its end was not seen.
    await this.close(key);
    const work = new Work({
      place: placeOf(object.metadata),
      uid,
      expansion,
      threads: (sweep.spec.execution.lanes ?? this.#o.defaultLanes) * laneThreads(sweep),
      connections: this.connections(object, sweep),
      clock: this.#o.clock,
      onChange: () => this.#o.onChange(key),
      onMeasured: ({ trial }) => this.#o.onMeasured(key, trial.length),
      onLost: () => this.#o.onLost(key),
      onSealed: (seconds) => this.#o.onSealed(key, seconds),
    });
    this.#open.set(key, { uid, work });
  }

  async close(key: string): Promise<void> {
    const entry = this.#open.get(key);
    this.#open.delete(key);
    await entry?.work.close();
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#open.keys()].map(async (key) => this.close(key)));
  }

  /** Takes the sweep's queue away for good. */
  async drain(object: SweepObject, sweep: Sweep | undefined, { signal }: { signal: AbortSignal }): Promise<void> {
    const bounded = AbortSignal.any([signal, AbortSignal.timeout(drainMilliseconds)]);
    await drain(this.connections(object, sweep), object.metadata.uid ?? "", { signal: bounded });
  }

  /** How a sweep's store and broker are found. */
  connections(object: SweepObject, sweep: Sweep | undefined): ReturnType<typeof sweepConnections> {
    const { kube, install } = this.#o;
    return sweepConnections({ kube, object, install, secretName: sweep?.spec.execution.store?.secretName });
  }
}
