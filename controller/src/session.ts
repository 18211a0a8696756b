import { packAt } from "@allot/expansion";
import type { Ledger } from "@allot/ledger";
import type { LaneEvent, Transport } from "@allot/transport";
import { allowedFailures } from "./budget.ts";
import type { Counts } from "./counts.ts";
import type { Course } from "./course.ts";
import type { Feed } from "./feed.ts";

export interface SessionOptions {
  readonly transport: Transport;
  readonly course: Course;
  readonly feed: Feed;
  /** How often lanes may fail on one pack without dying, before the run ends. */
  readonly infrastructureRetries: number;
  /** `budget.failedTrials`: more failures than that stop the run. */
  readonly failedTrials: number | string | undefined;
  /** Whether to stop when the first trials all fail the same way. */
  readonly guardStart: boolean;
  /** Called after each event was dealt with. */
  readonly onEvent?: (event: LaneEvent) => void;
}

/** Trials that have to fail in the same way, with none that succeeds, before a run is stopped. */
const sameFailures = 20;

/** Why a sweep was stopped before its end: more failed trials than its budget allows, or nothing sensible to go on with. */
export interface Stopped {
  readonly reason: "budget" | "error";
  readonly message: string;
}

/** Listens to the lanes: folds what they seal, feeds the queue, and stops what makes no sense to go on with. */
export class Session {
  readonly #options: SessionOptions;
  readonly #failures = new Map<number, number>();
  readonly #workers = new Set<string>();
  /** Failed trials that were there when this began: who resumes has seen them. */
  readonly #failedBefore: number;
  /** Trials of a pack that have measured something: one after the other, so all but the last are trained. */
  readonly #seen = new Map<number, Set<number>>();
  stopped: Stopped | undefined;
  /** Seals that came second. */
  lost = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    this.#failedBefore = options.course.ledger.counts().Failed;
  }

  /** Whether a lane was ever given a pack. */
  hasWorked(lane: string): boolean {
    return this.#workers.has(lane);
  }

  counts(): Counts {
    return this.#options.course.ledger.counts();
  }

  /** Trials trained in packs that are not sealed yet, as the live measurements show them. */
  trained(): number {
    let trained = 0;
    for (const trials of this.#seen.values()) trained += trials.size - 1;
    return trained;
  }

  /** Ends when the signal aborts. */
  async listen({ signal }: { signal: AbortSignal }): Promise<void> {
    for await (const event of this.#options.transport.events.subscribe({ signal })) await this.#take(event, signal);
  }

  /** Follows the live measurements; ends when the signal aborts. */
  async watch({ signal }: { signal: AbortSignal }): Promise<void> {
    for await (const { pack, trial } of this.#options.transport.measurements.subscribe({ signal })) {
      const seen = this.#seen.get(pack);
      for (const index of trial) seen?.add(index);
    }
  }

  async #take(event: LaneEvent, signal: AbortSignal): Promise<void> {
    const { course, feed } = this.#options;
    const { ledger } = course;
    const { name, first, last } = packAt(course.plan, event.pack);
    this.#workers.add(event.lane);
    this.#seen.delete(event.pack);
    if (event.kind === "started") {
      ledger.running(event.pack, first, last);
      this.#seen.set(event.pack, new Set([first]));
    } else {
      ledger.idle(event.pack);
    }
    if (event.kind === "failed") this.#failed(event);
    if (event.kind === "lost") this.lost++;
    if (event.kind === "sealed" || event.kind === "lost") {
      await ledger.fold(name, { signal });
      await this.#guard(signal);
      if (!this.stopped) await feed.settle(event.pack, { signal });
    }
    this.#options.onEvent?.(event);
  }

  #failed(event: LaneEvent): void {
    const failures = (this.#failures.get(event.pack) ?? 0) + 1;
    this.#failures.set(event.pack, failures);
    if (failures <= this.#options.infrastructureRetries) return;
    this.#stop({ reason: "error", message: `pack ${event.pack} failed ${failures} times: ${event.message ?? "no reason given"}` });
  }

  async #guard(signal: AbortSignal): Promise<void> {
    const { failedTrials, guardStart, course } = this.#options;
    const { ledger } = course;
    const { Failed, Succeeded } = ledger.counts();
    const allowed = allowedFailures(failedTrials, course.expansion.trials);
    if (Failed > allowed) {
      this.#stop({ reason: "budget", message: `${Failed} trials failed, budget.failedTrials allows ${allowed}` });
      return;
    }
    if (!guardStart || Succeeded > 0 || Failed - this.#failedBefore < sameFailures || this.stopped) return;
    const message = await onlyFailure(ledger, signal);
    if (message === undefined) return;
    this.#stop({ reason: "error", message: `the first ${Failed} trials all failed the same way: ${message}` });
  }

  #stop(stopped: Stopped): void {
    this.stopped ??= stopped;
    this.#options.transport.control.set("stop");
  }
}

/** The one failure that every outcome shares. A divergence is a result and never counts as one. */
const onlyFailure = async (ledger: Ledger, signal: AbortSignal): Promise<string | undefined> => {
  let first: { failure: string | undefined; message: string | undefined } | undefined;
  for await (const { state, failure, message } of ledger.outcomes({ signal })) {
    first ??= { failure, message };
    if (state !== "Failed" || failure === "diverged" || failure !== first.failure) return undefined;
  }
  return first && `${first.failure ?? "failed"}: ${first.message ?? "no message"}`;
};
