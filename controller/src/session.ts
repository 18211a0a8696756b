import type { Ledger } from "@allot/ledger";
import type { LaneEvent, Transport } from "@allot/transport";
import type { Counts } from "./counts.ts";
import type { Feed } from "./feed.ts";

export interface SessionOptions {
  readonly transport: Transport;
  readonly ledger: Ledger;
  readonly feed: Feed;
  readonly packOf: (pack: number) => { readonly name: string; readonly first: number; readonly last: number };
  /** How often lanes may fail on one pack without dying, before the run ends. */
  readonly infrastructureRetries: number;
  /** More failed trials than this stop the run. */
  readonly allowedFailures: number;
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
    this.#failedBefore = options.ledger.counts().Failed;
  }

  /** Whether a lane was ever given a pack. */
  hasWorked(lane: string): boolean {
    return this.#workers.has(lane);
  }

  counts(): Counts {
    return this.#options.ledger.counts();
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
    const { ledger, packOf, feed } = this.#options;
    const { name, first, last } = packOf(event.pack);
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
      await feed.settle(event.pack);
      await this.#guard(signal);
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
    const { allowedFailures, guardStart, ledger } = this.#options;
    const { Failed, Succeeded } = ledger.counts();
    if (Failed > allowedFailures) {
      this.#stop({ reason: "budget", message: `${Failed} trials failed, budget.failedTrials allows ${allowedFailures}` });
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
