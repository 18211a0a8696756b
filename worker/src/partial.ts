import { type Measurements, type Outcome, type Provenance, partialPrefix, readSegment, type Segment, seal } from "@allot/ledger";
import { type Store, withPrefix } from "@allot/store";
import type { PackMessage } from "@allot/transport";
import { type Reused, stepsOf } from "./reuse.ts";

/** Finished trials of a pack that was interrupted: whoever takes the pack next does not train them again. */
export interface PartialPacks {
  /** What earlier attempts at the pack finished, by identity. A damaged file counts as absent. */
  read(options: { signal: AbortSignal }): Promise<ReadonlyMap<string, Reused>>;
  /** Keeps what this attempt finished. */
  keep(outcomes: readonly Outcome[], measurements: Measurements): Promise<void>;
}

export interface PartialOptions {
  readonly message: PackMessage;
  readonly provenance: Provenance;
  readonly attempt: Segment["attempt"];
}

const keepMilliseconds = 5000;

/** Consecutive trials, as segments want them. */
const consecutive = (outcomes: readonly Outcome[]): Outcome[][] => {
  const runs: Outcome[][] = [];
  for (const outcome of [...outcomes].sort((a, b) => a.trial - b.trial)) {
    const run = runs.at(-1);
    if (run && run.at(-1)?.trial === outcome.trial - 1) run.push(outcome);
    else runs.push([outcome]);
  }
  return runs;
};

const between = (all: Measurements, first: number, last: number): Measurements => {
  const rows = [...all.trial.keys()].filter((row) => all.trial[row]! >= first && all.trial[row]! <= last);
  return {
    trial: rows.map((row) => all.trial[row]!),
    metric: rows.map((row) => all.metric[row]!),
    step: rows.map((row) => all.step[row]!),
    value: rows.map((row) => all.value[row]!),
  };
};

/** The parts of one pack in the sweep's store. */
export const partialPacks = (sweepStore: Store, { message, provenance, attempt }: PartialOptions): PartialPacks => {
  const store = withPrefix(sweepStore, partialPrefix);
  return {
    async read({ signal }) {
      const found = new Map<string, Reused>();
      for await (const { key } of store.list(`segments/${message.name}-`, { signal })) {
        const name = key.slice("segments/".length, -".parquet".length);
        const segment = await readSegment(store, name, { signal }).catch(() => undefined);
        signal.throwIfAborted();
        if (!segment) continue;
        for (const outcome of segment.outcomes) found.set(outcome.identity, { outcome, steps: stepsOf(segment, outcome.trial) });
      }
      return found;
    },
    async keep(outcomes, measurements) {
      for (const run of consecutive(outcomes)) {
        const first = run[0]!.trial;
        const last = first + run.length - 1;
        const segment: Segment = {
          pack: message.pack,
          name: `${message.name}-${first}-${last}`,
          first,
          last,
          outcomes: run,
          measurements: between(measurements, first, last),
          provenance,
          attempt,
        };
        await seal(store, segment, { signal: AbortSignal.timeout(keepMilliseconds) });
      }
    },
  };
};
