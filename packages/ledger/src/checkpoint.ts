import type { Store } from "@allot/store";
import { LedgerError } from "./errors.ts";
import type { Fold, SealedPack } from "./fold.ts";
import { readTable, writeTable } from "./table.ts";

const prefix = "ledger/";
const keyOf = (sequence: number): string => `${prefix}${String(sequence).padStart(10, "0")}.parquet`;
const sequenceOf = (key: string): number => Number(/^ledger\/(\d{10})\.parquet$/.exec(key)?.[1]);

/** Two bits per trial, the first in the lowest bits. */
const pack = (codes: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(Math.ceil(codes.length / 4));
  codes.forEach((code, i) => {
    bytes[i >> 2] = (bytes[i >> 2] ?? 0) | (code << ((i & 3) * 2));
  });
  return bytes;
};

const unpack = (bytes: Uint8Array, length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => ((bytes[i >> 2] ?? 0) >> ((i & 3) * 2)) & 3);

const encode = (fold: Fold): Uint8Array => {
  const packs = fold.packs();
  return writeTable({
    kind: "checkpoint",
    metadata: {},
    columns: [
      { name: "pack", type: "integer", values: packs.map((head) => head.pack) },
      { name: "name", type: "text", values: packs.map((head) => head.name) },
      { name: "first", type: "integer", values: packs.map((head) => head.first) },
      { name: "last", type: "integer", values: packs.map((head) => head.last) },
      { name: "states", type: "bytes", values: packs.map((head) => pack(fold.codes(head))) },
    ],
  });
};

const decode = async (bytes: Uint8Array, file: string): Promise<SealedPack[]> => {
  const table = await readTable(bytes, { file, kind: "checkpoint" });
  const [names, first, last, states] = [table.texts("name"), table.integers("first"), table.integers("last"), table.bytes("states")];
  return table.integers("pack").map((number, i) => {
    const from = first[i] ?? 0;
    const to = last[i] ?? -1;
    return { pack: number, name: names[i] ?? "", first: from, last: to, states: unpack(states[i] ?? new Uint8Array(), to - from + 1) };
  });
};

const sequences = async (store: Store, { signal }: { signal: AbortSignal }): Promise<number[]> => {
  const found: number[] = [];
  for await (const { key } of store.list(prefix, { signal })) if (sequenceOf(key) >= 0) found.push(sequenceOf(key));
  return found;
};

/**
 * The packs of the newest checkpoint that can be read. A checkpoint only saves time, so a damaged one is passed
 * over: the segments are the record.
 */
export const readCheckpoint = async (store: Store, { signal }: { signal: AbortSignal }): Promise<SealedPack[]> => {
  for (const sequence of (await sequences(store, { signal })).toReversed()) {
    const bytes = await store.get(keyOf(sequence), { signal });
    try {
      if (bytes) return await decode(bytes, keyOf(sequence));
    } catch (error) {
      if (!(error instanceof LedgerError)) throw error;
    }
  }
  return [];
};

/** Writes the next checkpoint and removes all but the one before it. When two writers race, one of them is enough. */
export const writeCheckpoint = async (store: Store, fold: Fold, { signal }: { signal: AbortSignal }): Promise<void> => {
  const known = await sequences(store, { signal });
  await store.create(keyOf((known.at(-1) ?? 0) + 1), encode(fold), { signal });
  for (const old of known.slice(0, -1)) await store.delete(keyOf(old), { signal });
};
