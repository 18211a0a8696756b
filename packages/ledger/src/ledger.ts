import type { Store } from "@allot/store";
import { readCheckpoint, writeCheckpoint } from "./checkpoint.ts";
import { LedgerError, SegmentError } from "./errors.ts";
import type { SealedPack } from "./fold.ts";
import { codeOf, Fold } from "./fold.ts";
import { readMeasurements } from "./measurements.ts";
import type { Measurements, Outcome, SealedSegment, TrialState } from "./outcome.ts";
import { headOf, readOutcomes, readSegmentTable, segmentKey, segmentNames } from "./segment.ts";

/** What a sweep has come to, folded from the segments in its store. */
export interface Ledger {
  /** Trials of the sweep. */
  readonly trials: number;
  /** Trials by state; they sum to `trials` at every moment. */
  counts(): Record<TrialState, number>;
  stateOf(trial: number): TrialState;
  /** The sweep has come to have this many trials; those that are new are pending. */
  grow(trials: number): void;
  /** Whether the pack has a seal, also one that only a newer version of Allot can read. */
  sealed(pack: number): boolean;
  /** A lane has begun the pack: its trials count as running until its seal is folded, or `idle`. Throws `SegmentError` outside the sweep. */
  running(pack: number, first: number, last: number): void;
  /** No lane works on the pack any more. */
  idle(pack: number): void;
  /** Folds the segments that are new in the store; gives their number. Throws `LedgerError` naming a damaged one. */
  refresh(options: { signal: AbortSignal }): Promise<number>;
  /** Folds one segment that is known to be there, without a listing; `false` when it was folded before. */
  fold(name: string, options: { signal: AbortSignal }): Promise<boolean>;
  /** Segments of a newer schema: not folded, their trials stay pending. */
  newer(): readonly string[];
  /** The segments folded so far, in the order of their trials, one in memory at a time. */
  segments(options: { signal: AbortSignal }): AsyncIterable<SealedSegment>;
  /** Every outcome folded so far, in the order of trials. */
  outcomes(options: { signal: AbortSignal }): AsyncIterable<Outcome>;
  /** The points of each segment folded so far, in the order of their trials. */
  measurements(options: { signal: AbortSignal }): AsyncIterable<Measurements>;
  /** The points of one segment of `segments`. */
  measurementsOf(segment: SealedSegment, options: { signal: AbortSignal }): Promise<Measurements>;
  /** Writes the fold to the store, so that the next `openLedger` reads only newer segments. */
  checkpoint(options: { signal: AbortSignal }): Promise<void>;
}

/** Segments read at once: enough to hide a store's latency, few enough for flat memory. */
const readers = 8;

/** Names end in the pack's number; it is all that is known of a segment that can't be read yet. */
const numberOf = (name: string): number => Number(/\d+$/.exec(name)?.[0]);

const sealedPackOf = async (store: Store, name: string, { signal }: { signal: AbortSignal }): Promise<SealedPack> => {
  const table = await readSegmentTable(store, name, { signal, columns: ["trial", "state"] });
  return { ...headOf(table), states: Uint8Array.from(table.texts("state"), codeOf) };
};

class StoredLedger implements Ledger {
  readonly #store: Store;
  readonly #fold: Fold;
  /** Names of the segments folded. */
  readonly #folded = new Set<string>();
  /** Name to pack. */
  readonly #newer = new Map<string, number>();

  constructor(store: Store, trials: number) {
    this.#store = store;
    this.#fold = new Fold(trials);
  }

  get trials(): number {
    return this.#fold.trials;
  }

  counts(): Record<TrialState, number> {
    return this.#fold.counts();
  }

  stateOf(trial: number): TrialState {
    return this.#fold.stateOf(trial);
  }

  grow(trials: number): void {
    this.#fold.grow(trials);
  }

  sealed(pack: number): boolean {
    return this.#fold.sealed(pack) || [...this.#newer.values()].includes(pack);
  }

  running(pack: number, first: number, last: number): void {
    this.#fold.running(pack, first, last);
  }

  idle(pack: number): void {
    this.#fold.idle(pack);
  }

  newer(): readonly string[] {
    return [...this.#newer.keys()].sort();
  }

  async refresh({ signal }: { signal: AbortSignal }): Promise<number> {
    return this.#foldAll(await this.#unread({ signal }), { signal });
  }

  /** As `refresh`, after taking over what a checkpoint knows of the segments that are still there. */
  async open({ signal }: { signal: AbortSignal }): Promise<void> {
    const unread = await this.#unread({ signal });
    const present = new Set(unread);
    const known = await readCheckpoint(this.#store, { signal });
    // A checkpoint of segments that have gone says nothing about this store.
    if (known.every(({ name, last }) => present.has(name) && last < this.trials)) for (const pack of known) this.#add(pack);
    await this.#foldAll(
      unread.filter((name) => !this.#folded.has(name)),
      { signal },
    );
  }

  async fold(name: string, { signal }: { signal: AbortSignal }): Promise<boolean> {
    if (this.#folded.has(name) || this.#newer.has(name)) return false;
    try {
      return this.#add(await sealedPackOf(this.#store, name, { signal }));
    } catch (error) {
      if (!(error instanceof LedgerError && error.problem === "newer")) throw error;
      this.#newer.set(name, numberOf(name));
      return false;
    }
  }

  async *segments({ signal }: { signal: AbortSignal }): AsyncGenerator<SealedSegment> {
    for (const { name } of this.#fold.packs()) yield await readOutcomes(this.#store, name, { signal });
  }

  async *outcomes({ signal }: { signal: AbortSignal }): AsyncGenerator<Outcome> {
    for await (const { outcomes } of this.segments({ signal })) yield* outcomes;
  }

  async *measurements({ signal }: { signal: AbortSignal }): AsyncGenerator<Measurements> {
    for await (const segment of this.segments({ signal })) yield await this.measurementsOf(segment, { signal });
  }

  async measurementsOf({ measurementsSha256 }: SealedSegment, { signal }: { signal: AbortSignal }): Promise<Measurements> {
    return readMeasurements(this.#store, measurementsSha256, { signal });
  }

  async checkpoint({ signal }: { signal: AbortSignal }): Promise<void> {
    await writeCheckpoint(this.#store, this.#fold, { signal });
  }

  #add(pack: SealedPack): boolean {
    try {
      const added = this.#fold.add(pack);
      this.#folded.add(pack.name);
      return added;
    } catch (error) {
      if (!(error instanceof SegmentError)) throw error;
      throw new LedgerError({ file: segmentKey(pack.name), problem: "damaged", detail: `does not fit the sweep: ${error.message}`, cause: error });
    }
  }

  async #unread({ signal }: { signal: AbortSignal }): Promise<string[]> {
    const unread: string[] = [];
    for await (const name of segmentNames(this.#store, { signal })) if (!this.#folded.has(name) && !this.#newer.has(name)) unread.push(name);
    return unread;
  }

  async #foldAll(unread: readonly string[], { signal }: { signal: AbortSignal }): Promise<number> {
    let added = 0;
    for (let at = 0; at < unread.length; at += readers) {
      const results = await Promise.all(unread.slice(at, at + readers).map(async (name) => this.fold(name, { signal })));
      added += results.filter(Boolean).length;
    }
    return added;
  }
}

/**
 * Folds what the store holds of a sweep. It reads only the segments that the newest checkpoint lacks, and does not
 * write.
 * @param store the sweep's store.
 * @param o.trials how many trials the sweep has.
 * @throws LedgerError naming a segment that is damaged or does not fit the sweep.
 */
export const openLedger = async (store: Store, o: { trials: number; signal: AbortSignal }): Promise<Ledger> => {
  const ledger = new StoredLedger(store, o.trials);
  await ledger.open(o);
  return ledger;
};
