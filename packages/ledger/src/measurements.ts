import { sha256 } from "@allot/spec";
import type { Store } from "@allot/store";
import { LedgerError } from "./errors.ts";
import type { Measurements } from "./outcome.ts";
import { readTable, writeTable } from "./table.ts";

/** Measurements are kept under their own digest: equal points are one file. */
export const measurementsKey = (digest: string): string => `measurements/${digest}.parquet`;

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
