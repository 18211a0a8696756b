import type { Identities, Outcome, Segment } from "@allot/ledger";
import { readSegment, weightsKey } from "@allot/ledger";
import { probeMetrics, type Sweep } from "@allot/spec";
import { type Store, withPrefix } from "@allot/store";
import type { Work } from "./trainer.ts";

/** A finished trial with the same identity, and what it measured; its indexes are those of the sweep that asks. */
export interface Reused {
  readonly outcome: Outcome;
  readonly steps: { readonly metric: string; readonly step: number; readonly value: number }[];
  /** Its weights where it was trained, if they were kept there. */
  readonly weights?: (options: { signal: AbortSignal }) => Promise<Uint8Array | undefined>;
}

/** Finds trials that are sealed already, in this sweep or in another of the same store. */
export interface Reuse {
  find(work: Work, options: { signal: AbortSignal }): Promise<Reused | undefined>;
}

/** No trial is ever found. */
export const noReuse: Reuse = { find: async () => undefined };

export interface ReuseOptions {
  readonly store: Store;
  readonly identities: Identities;
  /** Metrics the manifest asks for; an outcome without one of them is trained again. */
  readonly metrics: readonly string[];
}

/**
 * Looks trials up by identity; a copy for the noise floor is always trained. An index entry whose segment is gone or damaged counts as
 * absent: it costs time, not truth.
 */
export const reuseByIdentity = ({ store, identities, metrics }: ReuseOptions): Reuse => {
  const segments = new Map<string, Promise<Segment | undefined>>();
  const segmentOf = async (sweep: string, pack: string, signal: AbortSignal): Promise<Segment | undefined> => {
    const key = `${sweep}/${pack}`;
    const known = segments.get(key);
    if (known) return known;
    if (segments.size >= 8) segments.clear();
    const read = readSegment(withPrefix(store, sweep), pack, { signal }).catch(() => undefined);
    segments.set(key, read);
    const segment = await read;
    signal.throwIfAborted();
    return segment;
  };
  return {
    async find(work, { signal }) {
      if (work.trial.copy) return undefined;
      for await (const { sweep, pack, trial } of identities.all(work.identity, { signal })) {
        const segment = await segmentOf(sweep, pack, signal);
        const outcome = segment?.outcomes.find((candidate) => candidate.trial === trial && candidate.identity === work.identity);
        if (!segment || !outcome || !isReusable(outcome, metrics)) continue;
        return {
          outcome: relabel(outcome, work, `${sweep}/${pack}`),
          steps: stepsOf(segment, trial),
          weights: async (options) => store.get(`${sweep}/${weightsKey(trial)}`, options),
        };
      }
      return undefined;
    },
  };
};

/**
 * Metrics that a sweep asks for: what it shows of every trial, claims and probes; `name.*` is any of that beginning. Others, which an older version
 * of Allot did not measure, are not worth a training. A probe that found no value, as of a threshold never reached, is asked again.
 */
export const metricsAsked = ({ spec: { objective, claims, trainer } }: Sweep): string[] => [
  ...new Set([
    objective.metric,
    ...objective.tradeoffs.map(({ metric }) => metric),
    ...claims.map(({ metric }) => metric),
    ...(trainer.study?.probes ?? []).flatMap(probeMetrics),
  ]),
];

/** The index holds successes only; one without a metric asked for is trained again. */
const isReusable = ({ state, metrics: known, measured }: Outcome, metrics: readonly string[]): boolean =>
  state === "Succeeded" &&
  metrics.every((metric) =>
    metric.endsWith(".*") ? Object.keys(known).some((name) => name.startsWith(metric.slice(0, -1))) : metric in known || metric in measured,
  );

const relabel = ({ stage: _of, ...outcome }: Outcome, { trial }: Work, source: string): Outcome => ({
  ...outcome,
  trial: trial.index,
  replicate: trial.replicate,
  arm: trial.arm,
  labels: trial.labels,
  ...(trial.stage === undefined ? {} : { stage: trial.stage }),
  reused: outcome.reused ?? source,
});

/** The measurements of one trial of a segment, in the order they were taken. */
export const stepsOf = ({ measurements }: Segment, trial: number): Reused["steps"] => {
  const steps: Reused["steps"] = [];
  for (const [row, owner] of measurements.trial.entries()) {
    if (owner !== trial) continue;
    steps.push({ metric: measurements.metric[row]!, step: measurements.step[row]!, value: measurements.value[row]! });
  }
  return steps;
};
