import { memoryStore } from "@allot/store";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Segment } from "./index.ts";
import { LedgerError, readOutcomes, readSegment, seal } from "./index.ts";
import { measurementsKey } from "./measurements.ts";
import { segmentKey } from "./segment.ts";
import { awkwardNumbers, measurementsOf, outcomeOf, segmentOf } from "./testing/samples.ts";

const { signal } = new AbortController();

const roundTrip = async (segment: Segment): Promise<Segment> => {
  const store = memoryStore();
  expect(await seal(store, segment, { signal })).toBe("sealed");
  return readSegment(store, segment.name, { signal });
};

describe("a segment read back", () => {
  it("is what was sealed, with words of any script", async () => {
    const segment = segmentOf(3, 12);
    expect(await roundTrip(segment)).toStrictEqual(segment);
  });

  it("has every number bit for bit, and tells NaN from no value", async () => {
    const outcomes = awkwardNumbers.map((value, trial) => {
      const { failure: _failure, message: _message, ...outcome } = outcomeOf(trial);
      return { ...outcome, state: "Succeeded" as const, metrics: trial % 2 === 0 ? { a: value, b: Number.NaN } : { a: value }, measured: { c: value } };
    });
    const measurements = { ...measurementsOf([]), trial: outcomes.map(({ trial }) => trial), metric: outcomes.map(() => "m"), step: outcomes.map(() => 0) };
    const segment = { ...segmentOf(0, awkwardNumbers.length), outcomes, measurements: { ...measurements, value: awkwardNumbers } };
    const read = await roundTrip(segment);
    awkwardNumbers.forEach((value, row) => {
      expect(read.outcomes[row]?.metrics["a"]).toBe(value);
      expect(read.outcomes[row]?.measured["c"]).toBe(value);
      expect(read.measurements.value[row]).toBe(value);
      expect(Object.keys(read.outcomes[row]?.metrics ?? {})).toEqual(row % 2 === 0 ? ["a", "b"] : ["a"]);
    });
  });

  it("keeps all doubles, whatever they are", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double(), { minLength: 1, maxLength: 40 }), async (values) => {
        const base = segmentOf(0, 1);
        const measurements = { trial: values.map(() => 0), metric: values.map(() => "m"), step: values.map((_, i) => i), value: values };
        const read = await roundTrip({ ...base, measurements });
        expect(read.measurements.value.every((value, i) => Object.is(value, values[i]))).toBe(true);
      }),
      { numRuns: 50 },
    );
  });

  it("may be of trials far beyond 32 bits", async () => {
    const first = 2 ** 52;
    const outcomes = [0, 1].map((row) => ({ ...outcomeOf(row), trial: first + row, arm: 2 ** 40 }));
    const segment = { ...segmentOf(0, 2), first, last: first + 1, outcomes, measurements: measurementsOf([first, first + 1]) };
    expect(await roundTrip(segment)).toStrictEqual(segment);
  });

  it("may have no measurements at all", async () => {
    const segment = { ...segmentOf(1, 2), measurements: measurementsOf([]) };
    expect(await roundTrip(segment)).toStrictEqual(segment);
  });

  it("comes in the order of trials, whatever order it was given in", async () => {
    const segment = segmentOf(0, 5);
    expect(await roundTrip({ ...segment, outcomes: segment.outcomes.toReversed() })).toStrictEqual(segment);
  });

  it("is the same file for the same content", async () => {
    const [one, two] = [memoryStore(), memoryStore()];
    for (const store of [one, two]) await seal(store, segmentOf(2), { signal });
    expect(await one.get(segmentKey("p000002"), { signal })).toEqual(await two.get(segmentKey("p000002"), { signal }));
  });
});

const sealed = async (): Promise<{ store: ReturnType<typeof memoryStore>; segment: Uint8Array; key: string }> => {
  const store = memoryStore();
  await seal(store, segmentOf(1), { signal });
  const key = segmentKey("p000001");
  return { store, key, segment: (await store.get(key, { signal })) ?? new Uint8Array() };
};

describe("a file that is not as it was sealed", () => {
  it("is refused by name when any byte of the segment changed what it says", async () => {
    const { store, segment, key } = await sealed();
    const whole = await readSegment(store, "p000001", { signal });
    await fc.assert(
      fc.asyncProperty(fc.nat(segment.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
        const bytes = segment.slice();
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        await store.put(key, bytes, { signal });
        const read = await readSegment(store, "p000001", { signal }).catch((error: unknown) => error);
        const refused = read instanceof LedgerError && read.message.includes(key);
        expect(refused ? whole : read).toStrictEqual(whole);
      }),
      { numRuns: 2000 },
    );
  });

  it("is refused by name when it was cut short", async () => {
    const { store, segment, key } = await sealed();
    for (const length of [0, 1, 8, segment.length >> 1, segment.length - 1]) {
      await store.put(key, segment.subarray(0, length), { signal });
      await expect(readOutcomes(store, "p000001", { signal })).rejects.toMatchObject({ name: "LedgerError", file: key, problem: "damaged" });
    }
  });

  it("is refused when it is the segment of another pack", async () => {
    const { store, segment } = await sealed();
    await store.put(segmentKey("p000009"), segment, { signal });
    await expect(readOutcomes(store, "p000009", { signal })).rejects.toThrow('segments/p000009.parquet: says that it is pack "p000001"');
  });

  it("is refused when the measurements are gone or are not those it names", async () => {
    const { store } = await sealed();
    const { measurementsSha256 } = await readOutcomes(store, "p000001", { signal });
    const key = measurementsKey(measurementsSha256);
    const bytes = (await store.get(key, { signal })) ?? new Uint8Array();
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await store.put(key, bytes, { signal });
    await expect(readSegment(store, "p000001", { signal })).rejects.toMatchObject({ file: key, problem: "damaged" });
    await store.delete(key, { signal });
    await expect(readSegment(store, "p000001", { signal })).rejects.toMatchObject({ file: key, problem: "missing" });
  });

  it("is missing when there is none", async () => {
    await expect(readOutcomes(memoryStore(), "p000001", { signal })).rejects.toMatchObject({ problem: "missing", file: "segments/p000001.parquet" });
  });
});
