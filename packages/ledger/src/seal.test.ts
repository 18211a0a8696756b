import type { Store } from "@allot/store";
import { memoryStore } from "@allot/store";
import { describe, expect, it } from "vitest";
import type { Segment } from "./index.ts";
import { readSegment, SegmentError, seal } from "./index.ts";
import { outcomeOf, segmentOf } from "./testing/samples.ts";

const { signal } = new AbortController();

const keysOf = async (store: Store): Promise<string[]> => {
  const keys: string[] = [];
  for await (const { key } of store.list("", { signal })) keys.push(key);
  return keys;
};

describe("seal", () => {
  it("lets exactly one of many attempts at a pack win, and keeps its result", async () => {
    const store = memoryStore();
    const attempts = Array.from({ length: 8 }, (_, i): Segment => ({ ...segmentOf(1), attempt: { lane: `lane ${i}`, delivery: i } }));
    const results = await Promise.all(attempts.map(async (attempt) => seal(store, attempt, { signal })));
    expect(results.filter((result) => result === "sealed")).toHaveLength(1);
    const winner = results.indexOf("sealed");
    expect(await readSegment(store, "p000001", { signal })).toStrictEqual(attempts[winner]);
  });

  it("never leaves a segment without its measurements: they are written first", async () => {
    const store = memoryStore();
    const written: string[] = [];
    const recording: Store = {
      ...store,
      put: async (key, bytes, options) => {
        written.push(key.split("/")[0] ?? "");
        return store.put(key, bytes, options);
      },
      create: async (key, bytes, options) => {
        written.push(key.split("/")[0] ?? "");
        return store.create(key, bytes, options);
      },
    };
    await seal(recording, segmentOf(0), { signal });
    expect(written).toEqual(["measurements", "segments"]);
  });

  it("writes nothing when it was aborted", async () => {
    const store = memoryStore();
    await expect(seal(store, segmentOf(0), { signal: AbortSignal.abort(new Error("enough")) })).rejects.toThrow("enough");
    expect(await keysOf(store)).toEqual([]);
  });

  const good = segmentOf(1);
  const [one, two, three, four] = [4, 5, 6, 7].map(outcomeOf);
  if (!one || !two || !three || !four) throw new Error("the sample has four trials");
  const refused: Record<string, [Partial<Segment>, string]> = {
    "a trial without an outcome": [{ outcomes: [one, two, three] }, "pack p000001 has 3 outcomes for trials 4 to 7"],
    "two outcomes of one trial": [{ outcomes: [one, two, three, three] }, "two outcomes for trial 6"],
    "an outcome of another pack": [{ outcomes: [one, two, three, outcomeOf(8)] }, "an outcome for trial 8"],
    "a failure without its class": [{ outcomes: [one, two, three, { ...four, state: "Failed" }] }, "trial 7 is Failed with failure class none"],
    "a success with a failure class": [{ outcomes: [one, two, three, { ...four, failure: "timeout" }] }, "trial 7 is Succeeded with failure class timeout"],
    "a metric named as a column": [{ outcomes: [one, two, three, { ...four, metrics: { state: 1 } }] }, 'a metric can\'t be named "state"'],
    "a metric named as a measured value": [{ outcomes: [one, two, three, { ...four, metrics: { "measured.x": 1 } }] }, 'can\'t be named "measured.x"'],
    "measurement columns of different lengths": [{ measurements: { ...good.measurements, step: [1] } }, "different lengths"],
    "a measurement of another pack": [{ measurements: { trial: [9], metric: ["m"], step: [0], value: [0] } }, "a measurement of trial 9"],
  };
  for (const [sentence, [change, message]] of Object.entries(refused)) {
    it(`refuses ${sentence} and writes nothing`, async () => {
      const store = memoryStore();
      const attempt = seal(store, { ...good, ...change }, { signal });
      await expect(attempt).rejects.toThrow(SegmentError);
      await expect(attempt).rejects.toThrow(message);
      expect(await keysOf(store)).toEqual([]);
    });
  }
});
