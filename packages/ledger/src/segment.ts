import { canonicalJson } from "@allot/spec";
import type { Store } from "@allot/store";
import { LedgerError } from "./errors.ts";
import { readMeasurements } from "./measurements.ts";
import type { Outcome, SealedSegment, Segment } from "./outcome.ts";
import { endStates, failureClasses } from "./outcome.ts";
import type { Column, Table } from "./table.ts";
import { damagedFile, readTable, writeTable } from "./table.ts";

/** The seal of a pack: one object per pack, created once. */
export const segmentKey = (name: string): string => `segments/${name}.parquet`;
const prefix = "segments/";

/** The names of a sweep's segments, ascending: `p000012` of `segments/p000012.parquet`. */
export async function* segmentNames(store: Store, { signal }: { signal: AbortSignal }): AsyncGenerator<string> {
  for await (const { key } of store.list(prefix, { signal })) {
    const name = /^segments\/([^/]+)\.parquet$/.exec(key)?.[1];
    if (name !== undefined) yield name;
  }
}

/** Columns of a segment that are not a metric's. */
const fixedColumns = ["trial", "replicate", "arm", "identity", "labels", "stage", "state", "failure", "message", "engine", "reused"] as const;
const measuredPrefix = "measured.";

/** Whether no metric can have this name, because a segment has a column of it. */
export const isReservedMetric = (name: string): boolean => (fixedColumns as readonly string[]).includes(name) || name.startsWith(measuredPrefix);

type Role = "metric" | "measured";

const names = (outcomes: readonly Outcome[], of: (outcome: Outcome) => Record<string, number>): string[] =>
  [...new Set(outcomes.flatMap((outcome) => Object.keys(of(outcome))))].sort();

const valueColumns = (outcomes: readonly Outcome[]): { columns: Column[]; roles: Record<string, Role> } => {
  const column = (name: string, value: (outcome: Outcome) => number | undefined): Column => ({
    name,
    type: "optionalNumber",
    values: outcomes.map((outcome) => value(outcome) ?? null),
  });
  const metrics = names(outcomes, (outcome) => outcome.metrics);
  const measured = names(outcomes, (outcome) => outcome.measured);
  return {
    columns: [
      ...metrics.map((name) => column(name, (outcome) => outcome.metrics[name])),
      ...measured.map((name) => column(measuredPrefix + name, (outcome) => outcome.measured[name])),
    ],
    roles: Object.fromEntries([
      ...metrics.map((name): [string, Role] => [name, "metric"]),
      ...measured.map((name): [string, Role] => [measuredPrefix + name, "measured"]),
    ]),
  };
};

/** @param o.measurements the digest that the segment names. */
export const encodeSegment = (segment: Segment, o: { measurements: string }): Uint8Array => {
  const outcomes = [...segment.outcomes].sort((a, b) => a.trial - b.trial);
  const text = (name: string, value: (outcome: Outcome) => string): Column => ({ name, type: "text", values: outcomes.map(value) });
  const maybe = (name: string, value: (outcome: Outcome) => string | undefined): Column => ({
    name,
    type: "optionalText",
    values: outcomes.map((outcome) => value(outcome) ?? null),
  });
  const { columns, roles } = valueColumns(outcomes);
  return writeTable({
    kind: "segment",
    metadata: {
      "allot.pack": String(segment.pack),
      "allot.name": segment.name,
      "allot.first": String(segment.first),
      "allot.last": String(segment.last),
      "allot.measurements": o.measurements,
      "allot.columns": JSON.stringify(roles),
      "allot.provenance": JSON.stringify(segment.provenance),
      "allot.attempt": JSON.stringify(segment.attempt),
    },
    columns: [
      { name: "trial", type: "integer", values: outcomes.map(({ trial }) => trial) },
      { name: "replicate", type: "step", values: outcomes.map(({ replicate }) => replicate) },
      { name: "arm", type: "integer", values: outcomes.map(({ arm }) => arm) },
      text("identity", ({ identity }) => identity),
      text("labels", ({ labels }) => canonicalJson(labels)),
      ...(outcomes.some(({ stage }) => stage !== undefined) ? [maybe("stage", ({ stage }) => stage)] : []),
      text("state", ({ state }) => state),
      maybe("failure", ({ failure }) => failure),
      maybe("message", ({ message }) => message),
      text("engine", ({ engine }) => engine),
      maybe("reused", ({ reused }) => reused),
      ...columns,
    ],
  });
};

/** What a segment says of itself, without its rows. */
export interface SegmentHead {
  readonly name: string;
  readonly pack: number;
  readonly first: number;
  readonly last: number;
}

export const headOf = (table: Table): SegmentHead => ({
  name: table.word("allot.name"),
  pack: Number(table.word("allot.pack")),
  first: Number(table.word("allot.first")),
  last: Number(table.word("allot.last")),
});

/** Throws unless the table is the segment its key says, with one row for each of its trials in order. */
const checkRows = (table: Table, o: { file: string; name: string }): void => {
  const head = headOf(table);
  const damaged = (detail: string): LedgerError => damagedFile(o.file, detail);
  if (head.name !== o.name) throw damaged(`says that it is pack "${head.name}"`);
  if (table.rows !== head.last - head.first + 1) throw damaged(`has ${table.rows} rows for trials ${head.first} to ${head.last}`);
  table.integers("trial").forEach((trial, row) => {
    if (trial !== head.first + row) throw damaged(`has trial ${trial} in the row of trial ${head.first + row}`);
  });
};

/** Reads a segment's table, whole and in order. */
export const readSegmentTable = async (store: Store, name: string, o: { signal: AbortSignal; columns?: string[] }): Promise<Table> => {
  const file = segmentKey(name);
  const bytes = await store.get(file, { signal: o.signal });
  if (!bytes) throw new LedgerError({ file, problem: "missing", detail: "is missing: the pack has no seal" });
  const table = await readTable(bytes, { file, kind: "segment", ...(o.columns && { columns: o.columns }) });
  checkRows(table, { file, name });
  return table;
};

/** The columns of values by role, under the names that outcomes have them by. */
const decodeValues = (table: Table): Record<Role, { name: string; values: (number | undefined)[] }[]> => {
  const roles: Record<string, Role> = JSON.parse(table.word("allot.columns"));
  const of = (role: Role, skip: number) =>
    Object.keys(roles)
      .filter((name) => roles[name] === role)
      .map((name) => ({ name: name.slice(skip), values: table.optionalNumbers(name) }));
  return { metric: of("metric", 0), measured: of("measured", measuredPrefix.length) };
};

const valuesOf = (row: number, columns: readonly { name: string; values: (number | undefined)[] }[]): Record<string, number> => {
  const values: Record<string, number> = {};
  for (const column of columns) {
    const value = column.values[row];
    if (value !== undefined) values[column.name] = value;
  }
  return values;
};

const decodeOutcomes = (table: Table, file: string): Outcome[] => {
  const known = <Word extends string>(words: readonly Word[], text: string): Word => {
    const word = words.find((one) => one === text);
    if (word === undefined) throw damagedFile(file, `has the word "${text}", which is none of ${words.join(", ")}`);
    return word;
  };
  const [replicates, arms] = [table.integers("replicate"), table.integers("arm")];
  const [identities, labels, states, engines] = [table.texts("identity"), table.texts("labels"), table.texts("state"), table.texts("engine")];
  const [failures, messages, reused] = [table.optionalTexts("failure"), table.optionalTexts("message"), table.optionalTexts("reused")];
  // Only segments of sweeps with stages have the column.
  const stages = table.has("stage") ? table.optionalTexts("stage") : [];
  const { metric, measured } = decodeValues(table);
  return table.integers("trial").map((trial, row) => {
    const [stage, failure, message, source] = [stages[row], failures[row], messages[row], reused[row]];
    return {
      trial,
      replicate: replicates[row] ?? 0,
      arm: arms[row] ?? 0,
      identity: identities[row] ?? "",
      labels: JSON.parse(labels[row] ?? "{}"),
      ...(stage !== undefined && { stage }),
      state: known(endStates, states[row] ?? ""),
      ...(failure !== undefined && { failure: known(failureClasses, failure) }),
      ...(message !== undefined && { message }),
      metrics: valuesOf(row, metric),
      measured: valuesOf(row, measured),
      engine: engines[row] ?? "",
      ...(source !== undefined && { reused: source }),
    };
  });
};

/**
 * A segment without its measurements.
 * @param name the pack's name, `p000012`.
 * @throws LedgerError when it is missing, damaged or newer than this version reads.
 */
export const readOutcomes = async (store: Store, name: string, { signal }: { signal: AbortSignal }): Promise<SealedSegment> => {
  const table = await readSegmentTable(store, name, { signal });
  return {
    ...headOf(table),
    outcomes: decodeOutcomes(table, segmentKey(name)),
    sha256: table.word("allot.sha256"),
    measurementsSha256: table.word("allot.measurements"),
    provenance: JSON.parse(table.word("allot.provenance")),
    attempt: JSON.parse(table.word("allot.attempt")),
  };
};

/**
 * A whole segment; the measurements are those whose sha256 it names.
 * @param name the pack's name, `p000012`.
 * @throws LedgerError when a file is missing, damaged or newer than this version reads.
 */
export const readSegment = async (store: Store, name: string, { signal }: { signal: AbortSignal }): Promise<Segment> => {
  const { measurementsSha256, sha256: _own, ...segment } = await readOutcomes(store, name, { signal });
  return { ...segment, measurements: await readMeasurements(store, measurementsSha256, { signal }) };
};
