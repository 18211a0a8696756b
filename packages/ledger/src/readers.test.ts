import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Store } from "@allot/store";
import { folderStore } from "@allot/store";
import type { DuckDBConnection, DuckDBValue } from "@duckdb/node-api";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Outcome, Segment } from "./index.ts";
import { openIdentities, openLedger, readOutcomes, seal } from "./index.ts";
import { measurementsKey } from "./measurements.ts";
import { segmentKey } from "./segment.ts";
import { askPython } from "./testing/python.ts";
import { segmentOf } from "./testing/samples.ts";

const { signal } = new AbortController();
// Many trials, so that columns have dictionaries and runs; and one whose only values are missing.
const segments: Segment[] = [segmentOf(0, 64), segmentOf(1, 64)];

let folder: string;
let store: Store;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-readers-"));
  store = folderStore(folder);
  for (const segment of segments) await seal(store, segment, { signal });
});
afterAll(async () => rm(folder, { recursive: true }));

const fileOf = (name: string): string => join(folder, segmentKey(name));
const measurementsFileOf = async (name: string): Promise<string> =>
  join(folder, measurementsKey((await readOutcomes(store, name, { signal })).measurementsSha256));

/** A segment's rows as any reader should show them; `null` is a missing value. */
const rowOf = (outcome: Outcome): Record<string, unknown> => ({
  trial: outcome.trial,
  replicate: outcome.replicate,
  arm: outcome.arm,
  identity: outcome.identity,
  state: outcome.state,
  failure: outcome.failure ?? null,
  message: outcome.message ?? null,
  engine: outcome.engine,
  reused: outcome.reused ?? null,
  "train.loss": outcome.metrics["train.loss"] ?? null,
  learnableParameters: outcome.metrics["learnableParameters"] ?? null,
  "measured.training.seconds": outcome.measured["training.seconds"] ?? null,
});

describe("DuckDB", () => {
  let connection: DuckDBConnection;
  beforeAll(async () => {
    connection = await (await DuckDBInstance.create(":memory:")).connect();
  });
  afterAll(() => connection.closeSync());

  const query = async (sql: string): Promise<Record<string, unknown>[]> => {
    const rows: Record<string, DuckDBValue>[] = (await connection.runAndReadAll(sql)).getRowObjects();
    return rows.map((row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, typeof value === "bigint" ? Number(value) : value])));
  };

  it("reads every value of a segment as it was sealed", async () => {
    for (const { name, outcomes } of segments) {
      const rows = await query(`select * from read_parquet('${fileOf(name)}')`);
      expect(rows.map(({ labels: _labels, ...row }) => row)).toStrictEqual(outcomes.map(rowOf));
      expect(rows.map(({ labels }) => JSON.parse(String(labels)) as unknown)).toStrictEqual(outcomes.map(({ labels }) => labels));
    }
  });

  it("reads every point of the measurements", async () => {
    for (const { name, measurements } of segments) {
      const rows = await query(`select trial, metric, step, value from read_parquet('${await measurementsFileOf(name)}')`);
      const expected = measurements.trial.map((trial, i) => ({
        trial,
        metric: measurements.metric[i],
        step: measurements.step[i],
        value: measurements.value[i],
      }));
      expect(rows).toStrictEqual(expected);
    }
  });

  it("answers over a whole sweep, provenance included", async () => {
    const all = segments.flatMap(({ outcomes }) => outcomes);
    const counts = await query(`select state, count(*) as trials from read_parquet('${folder}/segments/*.parquet') group by state order by state`);
    const states = ["Failed", "Pruned", "Succeeded"];
    expect(counts).toEqual(states.map((state) => ({ state, trials: all.filter((outcome) => outcome.state === state).length })));
    const metadata = await query(`select decode(value) as value from parquet_kv_metadata('${fileOf("p000001")}') where decode(key) = 'allot.provenance'`);
    expect(JSON.parse(String(metadata[0]?.["value"]))).toStrictEqual(segments[1]?.provenance);
  });

  it("reads checkpoints and identities", async () => {
    await (await openLedger(store, { trials: 128, signal })).checkpoint({ signal });
    const packs = await query(`select name, "first", "last" from read_parquet('${folder}/ledger/*.parquet') order by "first"`);
    expect(packs).toEqual(segments.map(({ name, first, last }) => ({ name, first, last })));
    const root = folderStore(join(folder, "root"));
    const rows = segments.flatMap(({ name, outcomes }) => outcomes.map(({ identity, trial }) => ({ identity, trial, pack: name })));
    await openIdentities(root).write("sweep", 0, rows, { signal });
    const found = await query(`select identity, trial, pack from read_parquet('${folder}/root/identities/*/*/*.parquet') order by trial`);
    expect(found).toEqual(rows);
  });
});

describe("pandas", () => {
  /**
   * Prints the columns of a file: doubles as the hex of their bytes, anything else as JSON, with null for what is missing.
   * It leaves by os._exit: pyarrow's threads now and then abort the interpreter while it tears them down.
   */
  const program = `
import json, os, sys
import pandas
frame = pandas.read_parquet(sys.argv[1], use_threads=False)
def column(values):
    if values.dtype == "float64":
        return {"doubles": values.to_numpy().tobytes().hex()}
    return {"values": [None if pandas.isna(value) else value for value in values.tolist()]}
print(json.dumps({name: column(frame[name]) for name in frame.columns}), flush=True)
os._exit(0)
`;
  const read = async (file: string): Promise<Record<string, unknown[]>> => {
    const columns: Record<string, { doubles: string } | { values: unknown[] }> = JSON.parse(await askPython(program, [file]));
    return Object.fromEntries(
      Object.entries(columns).map(([name, column]) => {
        if ("values" in column) return [name, column.values];
        const bytes = Buffer.from(column.doubles, "hex");
        return [name, Array.from({ length: bytes.length / 8 }, (_, i) => bytes.readDoubleLE(i * 8))];
      }),
    );
  };

  it("reads every value of a segment as it was sealed", { timeout: 300_000 }, async () => {
    for (const { name, outcomes } of segments) {
      const { labels, ...columns } = await read(fileOf(name));
      const rows = outcomes.map(rowOf);
      for (const [column, values] of Object.entries(columns)) {
        // pandas shows a missing double as NaN.
        const missing = rows.some((row) => typeof row[column] === "number") ? Number.NaN : null;
        expect({ [column]: values }).toStrictEqual({ [column]: rows.map((row) => row[column] ?? missing) });
      }
      expect(Object.keys(columns)).toEqual(expect.arrayContaining(Object.keys(rows[0] ?? {})));
      expect(labels?.map((text) => JSON.parse(String(text)) as unknown)).toStrictEqual(outcomes.map((outcome) => outcome.labels));
    }
  });

  it("reads every point of the measurements", { timeout: 300_000 }, async () => {
    for (const { name, measurements } of segments) expect(await read(await measurementsFileOf(name))).toStrictEqual(measurements);
  });
});
