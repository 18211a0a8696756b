import { sha256 } from "@allot/spec";
import type { Store } from "@allot/store";
import { LedgerError } from "./errors.ts";
import type { Measurements } from "./outcome.ts";
import { readTable, writeTable } from "./table.ts";

/** Below this folder of a store are the points of its segments. */
export const measurementsPrefix = "measurements/";

/** Measurements are kept under their own digest: equal points are one file. */
export const measurementsKey = (digest: string): string => `${measurementsPrefix}${digest}.parquet`;

/** Whether a key is one that measurements are kept under. */
export const isMeasurements = (key: string): boolean => /^measurements\/[0-9a-f]{64}\.parquet$/.test(key);

export const encodeMeasurements = ({ trial, metric, step, value }: Measurements): { bytes: Uint8Array; digest: string } => {
  const bytes = writeTable({
    kind: "measurements",
    metadata: {},
    columns: [
      { name: "trial", type: "integer", values: trial },
      { name: "metric", type: "text", values: metric },
      { name: "step", type: "step", values: step },
      { name: "value", type: "point", values: value },
    ],
  });
  return { bytes, digest: sha256(bytes) };
};

/** @throws LedgerError when the file is missing or its bytes are not those the digest names. */
export const readMeasurements = async (store: Store, digest: string, { signal }: { signal: AbortSignal }): Promise<Measurements> => {
  const file = measurementsKey(digest);
  const bytes = await store.get(file, { signal });
  if (!bytes) throw new LedgerError({ file, problem: "missing", detail: "is named by a segment and missing" });
  if (sha256(bytes) !== digest) throw new LedgerError({ file, problem: "damaged", detail: "does not match the sha256 in its name" });
  const table = await readTable(bytes, { file, kind: "measurements" });
  return {
    trial: table.integers("trial"),
    metric: table.texts("metric"),
    step: table.integers("step"),
    value: table.numbers("value"),
  };
};

/** A trial of a file of measurements, whose others are of the same pack; none where it has no points, or can't be read. */
export const trialMeasured = async (store: Store, key: string, { signal }: { signal: AbortSignal }): Promise<number | undefined> => {
  const bytes = await store.get(key, { signal });
  if (!bytes) return undefined;
  try {
    return (await readTable(bytes, { file: key, kind: "measurements", columns: ["trial"] })).integers("trial")[0];
  } catch (error) {
    if (error instanceof LedgerError) return undefined;
    throw error;
  }
};
