import type { Sweep } from "@allot/spec";
import type { ObjectEntry, Store } from "@allot/store";
import { artifactPrefix, keptTrials, trialOfArtifact } from "./artifacts.ts";
import type { Ledger } from "./ledger.ts";
import { isMeasurements, measurementsKey, measurementsPrefix, trialMeasured } from "./measurements.ts";
import type { Outcome } from "./outcome.ts";
import { partialPrefix, suspectPrefix } from "./unfinished.ts";

/** Why a file is not needed: weights that are not kept, what was put away for a pack that is sealed by now, measurements that no seal names. */
export const leftoverKinds = ["weights", "interrupted", "measurements"] as const;

/** A file of a sweep's store that nothing needs any more. */
export interface Leftover extends ObjectEntry {
  readonly kind: (typeof leftoverKinds)[number];
}

export interface LeftoverOptions {
  readonly sweep: Sweep;
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
}

/** What all seals together say. */
interface Seals {
  /** Keys of measurements. */
  readonly named: ReadonlySet<string>;
  /** Trials whose weights are kept. */
  readonly kept: ReadonlySet<number>;
}

/**
 * What can be removed from a sweep's store. It goes by seals alone, so that a lane that nobody knows of loses nothing: a
 * trial that is not sealed keeps its weights and what was put away of it, and measurements that no seal names stay as long
 * as their pack has none, as they may have been written for a seal that is about to follow.
 * @param store the sweep's store.
 * @throws LedgerError naming a segment that can't be read: what it names is not known then.
 */
export async function* leftovers(store: Store, { sweep, ledger, signal }: LeftoverOptions): AsyncGenerator<Leftover> {
  const weights = await listed(store, `${artifactPrefix}/`, signal);
  const { named, kept } = await readSeals({ sweep, ledger, signal }, new Set(weights.map(({ key }) => trialOfArtifact(key) ?? -1)));
  const { Pending, Running } = ledger.counts();
  const finished = Pending + Running === 0;
  const sealed = (trial: number | undefined): boolean => trial !== undefined && !["Pending", "Running"].includes(ledger.stateOf(trial));
  for (const entry of weights) {
    const trial = trialOfArtifact(entry.key);
    if (trial !== undefined && sealed(trial) && !kept.has(trial)) yield { ...entry, kind: "weights" };
  }
  for (const prefix of [partialPrefix, suspectPrefix]) {
    for (const entry of await listed(store, `${prefix}/`, signal)) {
      if (finished || sealed(await trialPutAway(store, entry.key, signal))) yield { ...entry, kind: "interrupted" };
    }
  }
  for (const entry of await listed(store, measurementsPrefix, signal)) {
    if (named.has(entry.key) || !isMeasurements(entry.key)) continue;
    if (finished || sealed(await trialMeasured(store, entry.key, { signal }))) yield { ...entry, kind: "measurements" };
  }
}

const listed = async (store: Store, prefix: string, signal: AbortSignal): Promise<ObjectEntry[]> => {
  const entries: ObjectEntry[] = [];
  for await (const entry of store.list(prefix, { signal })) entries.push(entry);
  return entries;
};

const readSeals = async ({ sweep, ledger, signal }: LeftoverOptions, present: ReadonlySet<number>): Promise<Seals> => {
  const named = new Set<string>();
  const outcomes = async function* (): AsyncGenerator<Outcome> {
    for await (const segment of ledger.segments({ signal })) {
      named.add(measurementsKey(segment.measurementsSha256));
      yield* segment.outcomes;
    }
  };
  const kept = await keptTrials(sweep.spec, { outcomes: outcomes(), present });
  return { named, kept };
};

/** A trial of the pack that something was put away for. */
const trialPutAway = async (store: Store, key: string, signal: AbortSignal): Promise<number | undefined> => {
  if (key.startsWith(`${partialPrefix}/${measurementsPrefix}`)) return trialMeasured(store, key, { signal });
  const trial = /^partial\/segments\/[^/]+-(\d+)-\d+\.parquet$/.exec(key)?.[1] ?? /^attempts\/[^/]+\/(\d+)\.\d+$/.exec(key)?.[1];
  return trial === undefined ? undefined : Number(trial);
};
