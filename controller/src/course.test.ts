import { packAt } from "@allot/expansion";
import { type Outcome, seal } from "@allot/ledger";
import { Sweep } from "@allot/spec";
import { memoryStore, type Store } from "@allot/store";
import { expect, test } from "vitest";
import { type Course, openCourse } from "./course.ts";

const { signal } = new AbortController();

/** 5 arms × 2 replicates, then the best two of them and the baseline, then the best of those and the baseline. */
const sweep = Sweep.parse({
  apiVersion: "allot.dev/v1alpha1",
  kind: "Sweep",
  metadata: { name: "test" },
  spec: {
    objective: { metric: "validation.loss", direction: "minimize" },
    trainer: { study: { data: { kind: "sleep" } } },
    parameters: [{ name: "arm", path: "seeds.order", values: [0, 1, 2, 3, 4] }],
    baseline: { arm: 0 },
    replicates: { count: 2 },
    stages: [
      { name: "pilot", set: { "data.seconds": 0.1 }, keep: { top: 2 } },
      { name: "middle", set: { "data.seconds": 0.2 }, keep: { top: 1 } },
      { name: "full" },
    ],
  },
});

const outcomeOf = ({ expansion }: Course, index: number): Outcome => {
  const { replicate, arm, labels, stage } = expansion.trialAt(index);
  const metrics = { "validation.loss": 10 * (4 - arm) + replicate };
  const identity = String(index).padStart(64, "0");
  return { trial: index, replicate, arm, labels, ...(stage !== undefined && { stage }), identity, state: "Succeeded", metrics, measured: {}, engine: "wasm" };
};

/** Seals what is not sealed yet of the packs that are known, as lanes would. */
const trainAll = async (store: Store, course: Course): Promise<void> => {
  for (let pack = 0; pack < course.plan.packs; pack++) {
    if (course.ledger.sealed(pack)) continue;
    const { name, first, last } = packAt(course.plan, pack);
    const outcomes = Array.from({ length: last - first + 1 }, (_, row) => outcomeOf(course, first + row));
    const provenance = { allot: "0", lockfile: "", manifest: "", data: {}, engine: { name: "wasm", version: "0", numerics: 1 }, host: {} };
    const measurements = { trial: [], metric: [], step: [], value: [] };
    await seal(store, { pack, name, first, last, outcomes, measurements, provenance, attempt: { lane: "lane-0", delivery: 1 } }, { signal });
    await course.ledger.fold(name, { signal });
  }
};

const run = async (store: Store, lanes: number): Promise<Course> => {
  const course = await openCourse({ store, sweep, packs: { lanes, trialsPerPack: 3 }, signal });
  do await trainAll(store, course);
  while (await course.advance({ signal }));
  return course;
};

class Killed extends Error {}

/** A store whose user dies at write number `last`, before it or right after it. */
const dyingStore = (store: Store, last: number, after: boolean): Store => {
  let writes = 0;
  const guarded =
    <Args extends unknown[], Result>(write: (...args: Args) => Promise<Result>) =>
    async (...args: Args): Promise<Result> => {
      const dies = ++writes >= last;
      if (dies && !after) throw new Killed();
      const result = await write(...args);
      if (dies) throw new Killed();
      return result;
    };
  return {
    get: async (...args) => store.get(...args),
    list: (...args) => store.list(...args),
    delete: async (...args) => store.delete(...args),
    put: guarded(store.put.bind(store)),
    create: guarded(store.create.bind(store)),
  };
};

const contents = async (store: Store): Promise<Map<string, string>> => {
  const found = new Map<string, string>();
  for await (const { key } of store.list("", { signal })) found.set(key, Buffer.from((await store.get(key, { signal })) ?? []).toString("base64"));
  return found;
};

test("stages follow one another, each a block of the arms that were kept, until the last is complete", async () => {
  const course = await run(memoryStore(), 1);
  expect(course.decisions.map(({ stage, kept }) => [stage, kept])).toEqual([
    ["pilot", [0, 3, 4]],
    ["middle", [0, 4]],
  ]);
  expect([course.stage, course.complete, course.goesOn]).toEqual(["full", true, false]);
  expect(course.ledger.counts()).toEqual({ Pending: 0, Running: 0, Succeeded: 20, Pruned: 0, Failed: 0 });
  expect(course.expansion.blocks.map(({ name, firstTrial, trials }) => [name, firstTrial, trials])).toEqual([
    ["pilot", 0, 10],
    ["middle", 10, 6],
    ["full", 16, 4],
  ]);
  expect(await course.advance({ signal })).toBe(false);
});

test("a stage does not begin before the last trial of the one before has ended", async () => {
  const store = memoryStore();
  const course = await openCourse({ store, sweep, packs: { lanes: 1 }, signal });
  expect([await course.advance({ signal }), course.stage, course.complete, course.expansion.trials]).toEqual([false, "pilot", false, 10]);
});

test("whoever goes on after a death at any write comes to the same store, byte for byte", async () => {
  const calm = memoryStore();
  await run(calm, 1);
  const want = await contents(calm);
  let deaths = 0;
  for (const after of [false, true]) {
    for (let last = 1; last < 100; last++) {
      const store = memoryStore();
      const died = await run(dyingStore(store, last, after), 1).then(
        () => false,
        (error: unknown) => {
          if (!(error instanceof Killed)) throw error;
          return true;
        },
      );
      if (!died) break;
      deaths++;
      await run(store, 1);
      expect(await contents(store)).toEqual(want);
    }
  }
  expect(deaths).toBeGreaterThan(20);
});

test("who comes later with other lanes keeps to the packs that were cut", async () => {
  const store = memoryStore();
  await expect(run(dyingStore(store, 3, true), 1)).rejects.toThrow(Killed);
  const cut = await store.get("plan.json", { signal });
  const { complete } = await openCourse({ store, sweep, packs: { lanes: 7 }, signal });
  expect(complete).toBe(false);
  expect(await store.get("plan.json", { signal })).toEqual(cut);
});
