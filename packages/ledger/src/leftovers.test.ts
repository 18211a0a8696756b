import { Sweep, type SweepSpec } from "@allot/spec";
import { memoryStore, type Store, withPrefix } from "@allot/store";
import { beforeEach, describe, expect, it } from "vitest";
import { weightsKey } from "./artifacts.ts";
import { type Leftover, openLedger, partialPrefix, readSegment, type Segment, seal, suspectPrefix } from "./index.ts";
import { leftovers } from "./leftovers.ts";
import { measurementsOf, nameOf, outcomeOf, segmentOf } from "./testing/samples.ts";

const { signal } = new AbortController();
/** Three packs of four trials. */
const trials = 12;

type Weights = SweepSpec["artifacts"]["weights"];
const sweepOf = (weights: Weights): Sweep =>
  Sweep.parse({
    apiVersion: "allot.dev/v1alpha1",
    kind: "Sweep",
    metadata: { name: "demo" },
    spec: {
      objective: { metric: "learnableParameters", direction: "maximize" },
      trainer: { study: { data: { kind: "sleep" } } },
      artifacts: { weights },
    },
  });

/** A segment of a part of a pack. */
const partOf = (pack: number, [first, last]: readonly [number, number]): Segment => {
  const own = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return { ...segmentOf(pack), name: `${nameOf(pack)}-${first}-${last}`, first, last, outcomes: own.map(outcomeOf), measurements: measurementsOf(own, 2) };
};

const keysOf = async (store: Store): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list("", { signal })) keys.push(key);
  return keys;
};

let store: Store;
const found = async (weights: Weights): Promise<Leftover[]> => {
  const ledger = await openLedger(store, { trials, signal });
  const all: Leftover[] = [];
  for await (const leftover of leftovers(store, { sweep: sweepOf(weights), ledger, signal })) all.push(leftover);
  return all;
};
const keysFound = async (kind: Leftover["kind"], weights: Weights = "all"): Promise<string[]> =>
  (await found(weights)).filter((one) => one.kind === kind).map(({ key }) => key);

/** Puts measurements as an attempt at a pack would that is about to seal it, or comes second. */
const otherAttempt = async (pack: number): Promise<string> => {
  const before = await keysOf(store);
  const apart = memoryStore();
  await seal(apart, { ...segmentOf(pack), measurements: measurementsOf([pack * 4 + 1], 7) }, { signal });
  const key = (await keysOf(apart)).find((one) => one.startsWith("measurements/")) ?? "";
  expect(before).not.toContain(key);
  await store.put(key, (await apart.get(key, { signal }))!, { signal });
  return key;
};

describe("what a sweep's store does not need", () => {
  beforeEach(async () => {
    store = memoryStore();
    for (const pack of [0, 1]) await seal(store, segmentOf(pack), { signal });
    for (let trial = 0; trial < trials; trial++) await store.put(weightsKey(trial), new Uint8Array(10 + trial), { signal });
  });

  // Of the sealed trials 0 … 7, 3 failed and 4 was pruned; the more parameters, the better.
  it.each([
    ["none", [0, 1, 2, 3, 4, 5, 6, 7]],
    ["best", [0, 1, 2, 3, 4, 5, 6]],
    ["all", [3, 4]],
  ] as const)("is the weights of sealed trials that artifacts.weights: %s does not keep, with their sizes", async (weights, gone) => {
    expect(await found(weights)).toEqual(gone.map((trial) => ({ kind: "weights", key: weightsKey(trial), bytes: 10 + trial })));
  });

  it("is not the best weights that are left, where the best trial never had any", async () => {
    await store.delete(weightsKey(7), { signal });
    expect(await keysFound("weights", "best")).not.toContain(weightsKey(6));
  });

  it("is what was put away for packs that are sealed by now, and nothing of the others", async () => {
    const partial = withPrefix(store, partialPrefix);
    for (const [pack, range] of [[1, [4, 5]] as const, [2, [8, 9]] as const]) await seal(partial, partOf(pack, range), { signal });
    await store.put(`${suspectPrefix}/${nameOf(1)}/6.0`, new Uint8Array(0), { signal });
    await store.put(`${suspectPrefix}/${nameOf(2)}/8.0`, new Uint8Array(0), { signal });
    const interrupted = await keysFound("interrupted");
    expect(interrupted).toHaveLength(3);
    expect(interrupted).toContain(`${partialPrefix}/segments/${nameOf(1)}-4-5.parquet`);
    expect(interrupted).toContain(`${suspectPrefix}/${nameOf(1)}/6.0`);
    for (const key of interrupted) await store.delete(key, { signal });
    expect(await readSegment(partial, `${nameOf(2)}-8-9`, { signal })).toStrictEqual(partOf(2, [8, 9]));
    await seal(store, segmentOf(2), { signal });
    expect(await keysFound("interrupted")).toHaveLength(3);
  });

  it("is measurements that came second, never those of a pack whose seal may be about to follow", async () => {
    const second = await otherAttempt(1);
    const underway = await otherAttempt(2);
    expect(await keysFound("measurements")).toEqual([second]);
    await seal(store, segmentOf(2), { signal });
    expect((await keysFound("measurements")).sort()).toEqual([second, underway].sort());
  });

  it("is measurements without a point, or that can't be read, only once no seal can follow", async () => {
    const junk = `measurements/${"0".repeat(64)}.parquet`;
    await store.put(junk, new Uint8Array(3), { signal });
    expect(await keysFound("measurements")).toEqual([]);
    await seal(store, segmentOf(2), { signal });
    expect(await keysFound("measurements")).toEqual([junk]);
  });

  it("is no file that another tool put there", async () => {
    await seal(store, segmentOf(2), { signal });
    for (const key of ["artifacts/notes.txt", "notes.txt", "measurements/mine.csv", "report/index.html"]) await store.put(key, new Uint8Array(1), { signal });
    expect((await found("all")).filter(({ kind }) => kind !== "weights")).toEqual([]);
  });

  it("is not told where a seal can't be read: what it names is not known", async () => {
    const key = `segments/${nameOf(1)}.parquet`;
    const bytes = (await store.get(key, { signal }))!;
    const ledger = await openLedger(store, { trials, signal });
    await store.put(key, bytes.subarray(0, bytes.length / 2), { signal });
    const reading = async (): Promise<void> => {
      for await (const { key: any } of leftovers(store, { sweep: sweepOf("none"), ledger, signal })) expect.fail(`named ${any}`);
    };
    await expect(reading()).rejects.toThrow(key);
  });
});
