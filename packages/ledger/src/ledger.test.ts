import type { Store } from "@allot/store";
import { memoryStore } from "@allot/store";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Ledger, Outcome } from "./index.ts";
import { openLedger, readOutcomes, seal } from "./index.ts";
import { segmentKey } from "./segment.ts";
import { writeTable } from "./table.ts";
import { outcomeOf, segmentOf } from "./testing/samples.ts";

const { signal } = new AbortController();
const trials = 40;

const withSegments = async (...packs: number[]): Promise<Store> => {
  const store = memoryStore();
  for (const pack of packs) await seal(store, segmentOf(pack), { signal });
  return store;
};

const outcomesOf = async (ledger: Ledger): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  for await (const outcome of ledger.outcomes({ signal })) outcomes.push(outcome);
  return outcomes;
};

/** Notes the keys that are read. */
const watched = (store: Store): { store: Store; reads: string[] } => {
  const reads: string[] = [];
  const get: Store["get"] = async (key, options) => {
    reads.push(key);
    return store.get(key, options);
  };
  return { store: { ...store, get }, reads };
};

const breakSegment = async (store: Store, name: string): Promise<void> => {
  const bytes = (await store.get(segmentKey(name), { signal })) ?? new Uint8Array();
  bytes[100] = (bytes[100] ?? 0) ^ 1;
  await store.put(segmentKey(name), bytes, { signal });
};

describe("a ledger", () => {
  it("of an empty store has every trial pending", async () => {
    const ledger = await openLedger(memoryStore(), { trials, signal });
    expect(ledger.counts()).toEqual({ Pending: 40, Running: 0, Succeeded: 0, Pruned: 0, Failed: 0 });
    expect(await outcomesOf(ledger)).toEqual([]);
  });

  it("knows how each trial ended and which packs are sealed", async () => {
    const ledger = await openLedger(await withSegments(0, 2), { trials, signal });
    const expected = [0, 1, 2, 3, 8, 9, 10, 11].map(outcomeOf);
    expect(await outcomesOf(ledger)).toStrictEqual(expected);
    for (const { trial, state } of expected) expect(ledger.stateOf(trial)).toBe(state);
    expect([0, 1, 2, 3].map((pack) => ledger.sealed(pack))).toEqual([true, false, true, false]);
    expect(ledger.counts()).toEqual({ Pending: 32, Running: 0, Succeeded: 5, Pruned: 1, Failed: 2 });
  });

  it("folds new segments as they come, each once", async () => {
    const store = await withSegments(1);
    const ledger = await openLedger(store, { trials, signal });
    expect(await ledger.refresh({ signal })).toBe(0);
    for (const pack of [4, 0]) await seal(store, segmentOf(pack), { signal });
    expect(await Promise.all([ledger.refresh({ signal }), ledger.refresh({ signal })])).toContain(2);
    await seal(store, segmentOf(3), { signal });
    expect(await ledger.fold("p000003", { signal })).toBe(true);
    expect(await ledger.fold("p000003", { signal })).toBe(false);
    expect(await ledger.refresh({ signal })).toBe(0);
    expect((await outcomesOf(ledger)).map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 12, 13, 14, 15, 16, 17, 18, 19]);
  });

  it("counts a pack as running until its seal is folded or its lane gives it up", async () => {
    const store = await withSegments();
    const ledger = await openLedger(store, { trials, signal });
    ledger.running(0, 0, 3);
    ledger.running(1, 4, 7);
    expect(ledger.counts()).toMatchObject({ Pending: 32, Running: 8 });
    expect(ledger.stateOf(5)).toBe("Running");
    ledger.idle(1);
    await seal(store, segmentOf(0), { signal });
    await ledger.refresh({ signal });
    expect(ledger.counts()).toMatchObject({ Pending: 36, Running: 0 });
    ledger.running(0, 0, 3);
    expect(ledger.counts()).toMatchObject({ Running: 0 });
  });

  it("gives the measurements of each segment in the order of trials", async () => {
    const ledger = await openLedger(await withSegments(3, 1), { trials, signal });
    const read = [];
    for await (const points of ledger.measurements({ signal })) read.push(points);
    expect(read).toStrictEqual([segmentOf(1).measurements, segmentOf(3).measurements]);
  });

  it("refuses a damaged segment by name", async () => {
    const store = await withSegments(0, 1, 2);
    await breakSegment(store, "p000001");
    await expect(openLedger(store, { trials, signal })).rejects.toThrow("segments/p000001.parquet: does not match its own sha256; delete the file");
  });

  it("refuses a segment of another sweep by name", async () => {
    await expect(openLedger(await withSegments(0, 12), { trials, signal })).rejects.toThrow(
      "segments/p000012.parquet: does not fit the sweep: pack p000012 has trials 48 to 51, and the sweep has 40",
    );
  });

  it("passes over a segment of a newer schema, and counts its pack as sealed", async () => {
    const store = await withSegments(0);
    const future = writeTable({ kind: "segment", columns: [{ name: "trial", type: "integer", values: [4] }], metadata: {}, schema: 2 });
    await store.put(segmentKey("p000001"), future, { signal });
    const ledger = await openLedger(store, { trials, signal });
    expect(ledger.newer()).toEqual(["p000001"]);
    expect(ledger.sealed(1)).toBe(true);
    expect(ledger.counts()).toMatchObject({ Pending: 36 });
    await expect(readOutcomes(store, "p000001", { signal })).rejects.toMatchObject({ problem: "newer" });
  });
});

describe("a checkpoint", () => {
  it("lets the next ledger read only what is newer, and changes nothing else", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(9), { minLength: 1 }), fc.uniqueArray(fc.nat(9)), async (before, after) => {
        const store = await withSegments(...before);
        await (await openLedger(store, { trials, signal })).checkpoint({ signal });
        for (const pack of after) await seal(store, segmentOf(pack), { signal });
        const { store: watching, reads } = watched(store);
        const resumed = await openLedger(watching, { trials, signal });
        const fresh = after.filter((pack) => !before.includes(pack)).map((pack) => segmentKey(segmentOf(pack).name));
        expect(reads.filter((key) => key.startsWith("segments/")).sort()).toEqual(fresh.sort());
        const rebuilt = await openLedger(await withSegments(...new Set([...before, ...after])), { trials, signal });
        expect(resumed.counts()).toEqual(rebuilt.counts());
        for (let trial = 0; trial < trials; trial++) expect(resumed.stateOf(trial)).toBe(rebuilt.stateOf(trial));
        expect(await outcomesOf(resumed)).toStrictEqual(await outcomesOf(rebuilt));
      }),
      { numRuns: 25 },
    );
  });

  it("is passed over when it is damaged or its segments are gone", async () => {
    const store = await withSegments(0, 1);
    await (await openLedger(store, { trials, signal })).checkpoint({ signal });
    await store.delete(segmentKey("p000001"), { signal });
    expect((await openLedger(store, { trials, signal })).sealed(1)).toBe(false);
    await seal(store, segmentOf(1), { signal });
    await store.put("ledger/0000000001.parquet", new Uint8Array(10), { signal });
    const ledger = await openLedger(store, { trials, signal });
    expect([ledger.sealed(0), ledger.sealed(1)]).toEqual([true, true]);
  });

  it("replaces older ones but the last", async () => {
    const store = await withSegments(0);
    const ledger = await openLedger(store, { trials, signal });
    for (let i = 0; i < 5; i++) await ledger.checkpoint({ signal });
    const keys: string[] = [];
    for await (const { key } of store.list("ledger/", { signal })) keys.push(key);
    expect(keys).toEqual(["ledger/0000000004.parquet", "ledger/0000000005.parquet"]);
  });
});
