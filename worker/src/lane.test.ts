import { type Outcome, openLedger, readOutcomes, readSegment } from "@allot/ledger";
import { memoryStore, type Store } from "@allot/store";
import { describe, expect, it } from "vitest";
import { suspectsOf } from "./suspects.ts";
import { makeLane } from "./testing/lane.ts";
import { sleeps, students } from "./testing/studies.ts";

const { signal } = new AbortController();

const outcomesIn = async (store: Store, trials: number): Promise<Outcome[]> => {
  const ledger = await openLedger(store, { trials, signal });
  const outcomes: Outcome[] = [];
  for await (const outcome of ledger.outcomes({ signal })) outcomes.push(outcome);
  return outcomes;
};

describe("a lane", () => {
  it("seals every pack with one outcome per trial, its measurements and where they come from", async () => {
    const store = memoryStore();
    const expansion = students([0.01, 0.02]);
    const lane = await makeLane({ expansion, store, trialsPerPack: 3 });
    expect(await lane.run()).toEqual({ sealed: 2, lost: 0, released: 0, failed: 0 });
    expect((await outcomesIn(store, 4)).map(({ trial, state, engine }) => [trial, state, engine])).toEqual(
      [0, 1, 2, 3].map((trial) => [trial, "Succeeded", "wasm"]),
    );
    const { measurements, provenance, attempt } = await readSegment(store, "p000000", { signal });
    expect(attempt).toEqual({ lane: "lane-0", delivery: 1 });
    expect(provenance).toMatchObject({ data: {}, engine: { name: "wasm" } });
    expect(new Set(measurements.trial)).toEqual(new Set([0, 1, 2]));
    expect(lane.events.map(({ kind, pack, counts }) => ({ kind, pack, counts }))).toEqual([
      { kind: "started", pack: 0, counts: undefined },
      { kind: "sealed", pack: 0, counts: { Succeeded: 3 } },
      { kind: "started", pack: 1, counts: undefined },
      { kind: "sealed", pack: 1, counts: { Succeeded: 1 } },
    ]);
  });

  it("counts and discards a seal that comes second", async () => {
    const store = memoryStore();
    const expansion = sleeps([0]);
    await (await makeLane({ expansion, store, trialsPerPack: 2 })).run();
    const first = await readSegment(store, "p000000", { signal });
    const late = await makeLane({ expansion, store, trialsPerPack: 2 });
    expect(await late.run()).toMatchObject({ sealed: 0, lost: 1 });
    expect(late.events.at(-1)).toMatchObject({ kind: "lost", pack: 0 });
    expect(await readSegment(store, "p000000", { signal })).toEqual(first);
  });

  it("does not train a pack again whose former holder died between seal and ack", async () => {
    const store = memoryStore();
    const expansion = sleeps([30]);
    await (await makeLane({ expansion: sleeps([0]), store, trialsPerPack: 2 })).run();
    const lane = await makeLane({ expansion, store, trialsPerPack: 2 });
    const lease = await lane.transport.lease("dead", { signal });
    if (lease === "closed") throw new Error("no pack");
    await lease.release();
    // Trials of 30 s would outlast this test.
    expect(await lane.run()).toMatchObject({ sealed: 0, lost: 1 });
  });

  it("gives its pack back on pause and keeps the trials it has finished", async () => {
    const store = memoryStore();
    const expansion = sleeps([0, 30], 1);
    const lane = await makeLane({ expansion, store, trialsPerPack: 2 });
    const pausing = (async () => {
      for await (const batch of lane.transport.measurements.subscribe({ signal })) if ([...batch.trial].includes(0)) return lane.transport.control.set("pause");
    })();
    expect(await lane.run()).toEqual({ sealed: 0, lost: 0, released: 1, failed: 0 });
    await pausing;
    expect(lane.events.map(({ kind }) => kind)).toEqual(["started", "released"]);
    expect(await outcomesIn(store, 2)).toEqual([]);
    const keys: string[] = [];
    for await (const { key } of store.list("partial/segments/", { signal })) keys.push(key);
    expect(keys).toEqual(["partial/segments/p000000-0-0.parquet"]);
  });

  it("takes over what an interrupted attempt finished: it is the same outcome, to the last measured second", async () => {
    const store = memoryStore();
    const whole = memoryStore();
    const expansion = students([0.01, 0.02]);
    await (await makeLane({ expansion, store: whole, trialsPerPack: 4 })).run();
    const { outcomes, measurements, provenance, attempt } = await readSegment(whole, "p000000", { signal });
    const { partialPacks } = await import("./partial.ts");
    const message = { sweep: "test", pack: 0, name: "p000000", first: 0, last: 3 };
    const marked = outcomes.map((outcome) => ({ ...outcome, measured: { "train.seconds": 1000 + outcome.trial } }));
    await partialPacks(store, { message, provenance, attempt }).keep([marked[0]!, marked[2]!, marked[3]!], measurements);
    await (await makeLane({ expansion, store, trialsPerPack: 4 })).run();
    const segment = await readSegment(store, "p000000", { signal });
    expect(segment.outcomes.map(({ measured }) => measured["train.seconds"]! >= 1000)).toEqual([true, false, true, true]);
    expect(segment.outcomes.map(({ metrics }) => metrics)).toEqual(outcomes.map(({ metrics }) => metrics));
    expect(segment.measurements).toEqual(measurements);
  });

  it("gives up the one trial on which lanes die, and trains its pack-mates", async () => {
    const store = memoryStore();
    const expansion = sleeps([0, 0.001]);
    const lane = await makeLane({ expansion, store, trialsPerPack: 4, infrastructureRetries: 1 });
    // Two lanes died with the whole pack, and one more in the middle of trial 2 alone.
    for (let death = 0; death < 2; death++) {
      const lease = await lane.transport.lease("dead", { signal });
      if (lease !== "closed") await lease.release();
    }
    expect(await suspectsOf(store, { pack: "p000000", limit: 1 }).enter(2, { signal })).toBe(true);
    expect(await lane.run()).toMatchObject({ sealed: 1 });
    const { outcomes } = await readOutcomes(store, "p000000", { signal });
    expect(outcomes.map(({ state, failure }) => failure ?? state)).toEqual(["Succeeded", "Succeeded", "infrastructure", "Succeeded"]);
    const markers: string[] = [];
    for await (const { key } of store.list("attempts/", { signal })) markers.push(key);
    expect(markers).toEqual(["attempts/p000000/2.0"]);
  });

  it("says why it could not work on a pack, and gives it back", async () => {
    const inner = memoryStore();
    const store: Store = { ...inner, create: async () => Promise.reject(new Error("the disk is full")) };
    const lane = await makeLane({ expansion: sleeps([0]), store, trialsPerPack: 2 });
    const stopping = (async () => {
      for await (const event of lane.transport.events.subscribe({ signal })) {
        if (event.kind !== "failed") continue;
        lane.transport.control.set("stop");
        return event;
      }
      return undefined;
    })();
    expect((await lane.run()).failed).toBeGreaterThan(0);
    expect(await stopping).toMatchObject({ kind: "failed", pack: 0, message: "the disk is full" });
  });
});
