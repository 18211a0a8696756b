import type { Labels } from "@allot/spec";
import { canonicalJson } from "@allot/spec";
import type { Ledger } from "./ledger.ts";
import type { Outcome } from "./outcome.ts";

/** One value that two ledgers do not share, bit for bit. */
export interface Difference {
  readonly labels: Labels;
  /** The stage of the trial, where its sweep has any. */
  readonly stage?: string;
  readonly replicate: number;
  /** Column of the segment, or `metric@step` of the measurements. */
  readonly column: string;
  /** What each ledger has; nothing where it has no such value, and for the column `state` no such trial. */
  readonly a: string | number | undefined;
  readonly b: string | number | undefined;
}

type Values = Map<string, string | number>;

interface Entry {
  readonly trial: Pick<Difference, "labels" | "replicate" | "stage">;
  readonly values: Values;
}

/** What the same trial gives in every run; where a result was taken from and what was measured differ. */
const outcomeValues = ({ identity, state, failure, message, engine, metrics }: Outcome): Values => {
  const values: Values = new Map(Object.entries({ identity, state, engine }));
  if (failure !== undefined) values.set("failure", failure);
  if (message !== undefined) values.set("message", message);
  for (const [name, value] of Object.entries(metrics)) values.set(name, value);
  return values;
};

/** Adds a point; the second of the same metric and step is told apart by its place. */
const addPoint = (values: Values, point: { metric: string; step: number; value: number }): void => {
  const column = `${point.metric}@${point.step}`;
  let name = column;
  for (let place = 2; values.has(name); place++) name = `${column}#${place}`;
  values.set(name, point.value);
};

async function* entries(ledger: Ledger, { signal }: { signal: AbortSignal }): AsyncGenerator<Entry> {
  for await (const segment of ledger.segments({ signal })) {
    const points = await ledger.measurementsOf(segment, { signal });
    const ofPack = segment.outcomes.map((outcome) => ({ trial: trialOf(outcome), values: outcomeValues(outcome) }));
    points.trial.forEach((trial, i) => {
      const metric = points.metric[i] ?? "";
      const values = ofPack[trial - segment.first]?.values;
      if (values && !metric.startsWith("measured.")) addPoint(values, { metric, step: points.step[i] ?? 0, value: points.value[i] ?? 0 });
    });
    yield* ofPack;
  }
}

const trialOf = ({ labels, replicate, stage }: Outcome): Entry["trial"] => ({ labels, replicate, ...(stage !== undefined && { stage }) });

const keyOf = ({ trial: { labels, replicate, stage } }: Entry): string => `${canonicalJson(labels)} ${replicate} ${stage ?? ""}`;

/** Entries that the other side has not come to yet, in their order. */
type Waiting = Map<string, Entry[]>;

const add = (waiting: Waiting, entry: Entry): void => {
  const key = keyOf(entry);
  const alike = waiting.get(key);
  if (alike) alike.push(entry);
  else waiting.set(key, [entry]);
};

const take = (waiting: Waiting, key: string): Entry => {
  const [first, ...more] = waiting.get(key)!;
  if (more.length > 0) waiting.set(key, more);
  else waiting.delete(key);
  return first!;
};

function* compare(a: Entry, b: Entry): Generator<Difference> {
  for (const column of new Set([...a.values.keys(), ...b.values.keys()])) {
    const [left, right] = [a.values.get(column), b.values.get(column)];
    // Object.is tells 0 from -0 and takes NaN for itself.
    if (!Object.is(left, right)) yield { ...a.trial, column, a: left, b: right };
  }
}

/**
 * Every value of outcomes and measurements in which two ledgers differ, `measured` ones left out; none means equal.
 * Trials are matched by labels, stage and replicate, so two runs may have packed or numbered them differently; where several
 * share them (the baseline trained twice), in the order of their indexes. Memory stays flat while both ledgers have the
 * same trials in the same order.
 */
export async function* diffOutcomes(a: Ledger, b: Ledger, { signal }: { signal: AbortSignal }): AsyncGenerator<Difference> {
  const [ofA, ofB] = [entries(a, { signal }), entries(b, { signal })];
  const onlyA: Waiting = new Map();
  const onlyB: Waiting = new Map();
  for (;;) {
    const [nextA, nextB] = await Promise.all([ofA.next(), ofB.next()]);
    if (nextA.done === true && nextB.done === true) break;
    if (nextA.done !== true) add(onlyA, nextA.value);
    if (nextB.done !== true) add(onlyB, nextB.value);
    for (const next of [nextA, nextB]) if (next.done !== true) yield* settle(keyOf(next.value), onlyA, onlyB);
  }
  for (const { trial, values } of [...onlyA.values()].flat()) yield { ...trial, column: "state", a: values.get("state"), b: undefined };
  for (const { trial, values } of [...onlyB.values()].flat()) yield { ...trial, column: "state", a: undefined, b: values.get("state") };
}

/** Compares the trial of that key once both sides have come to it. */
function* settle(key: string, onlyA: Waiting, onlyB: Waiting): Generator<Difference> {
  if (onlyA.has(key) && onlyB.has(key)) yield* compare(take(onlyA, key), take(onlyB, key));
}
