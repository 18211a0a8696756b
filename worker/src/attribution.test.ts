import type { Expansion } from "@allot/expansion";
import { type Outcome, readSegment } from "@allot/ledger";
import type { Clock } from "@allot/runtime";
import { memoryStore } from "@allot/store";
import { expect, it } from "vitest";
import { PackTime } from "./attribution.ts";
import { jumpingClock } from "./testing/clock.ts";
import { makeLane } from "./testing/lane.ts";
import { sleeps, students } from "./testing/studies.ts";

const { signal } = new AbortController();

it("shares a pack's time out by what was computed, without what was spent aside", () => {
  const time = new PackTime(1000);
  time.ended(7, { work: 30, aside: 0, now: 3000 });
  time.ended(8, { work: 10, aside: 4, now: 9000 });
  time.ended(9, { work: 0, aside: 0, now: 9000 });
  expect([...time.attributed()]).toEqual([
    [7, 3],
    [8, 1],
    [9, 0],
  ]);
});

it("shares it out equally where nothing was computed", () => {
  const time = new PackTime(0);
  for (const trial of [0, 1]) time.ended(trial, { work: 0, aside: 0, now: 500 });
  expect([...time.attributed().values()]).toEqual([0.25, 0.25]);
});

const untilAborted = async ({ signal: life }: { signal: AbortSignal }): Promise<void> =>
  new Promise<void>((_, reject) => life.addEventListener("abort", () => reject(life.reason as Error), { once: true }));

/** A clock that moves a little when it is read, and by what trials sleep; heartbeats and the like, which sleep longer, never get their turn. */
const trialsClock = (): Clock => {
  const clock = jumpingClock({ drift: 0.01 });
  return { ...clock, sleep: async (milliseconds, options) => (milliseconds < 1000 ? clock.sleep(milliseconds, options) : untilAborted(options)) };
};

/** Seconds a lane took from its first lease to its last seal, and what its trials say. */
const lane = async (expansion: Expansion): Promise<{ whole: number; outcomes: Outcome[]; seconds: number[] }> => {
  const store = memoryStore();
  const clock = trialsClock();
  const made = await makeLane({ expansion, store, clock, trialsPerPack: 4, hourlyPrice: 3600 });
  const began = clock.monotonic();
  await made.run();
  const whole = (clock.monotonic() - began) / 1000;
  const outcomes: Outcome[] = [];
  for (let pack = 0; pack < made.packs; pack++) outcomes.push(...(await readSegment(store, `p00000${pack}`, { signal })).outcomes);
  return { whole, outcomes, seconds: outcomes.map(({ measured }) => measured["training.seconds"]!) };
};

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

it("sums to the lane's time within 2 %", async () => {
  const { whole, seconds } = await lane(sleeps([0.2, 0.3, 0.4]));
  expect(seconds).toHaveLength(6);
  expect(sum(seconds)).toBeGreaterThan(0.98 * whole);
  expect(sum(seconds)).toBeLessThanOrEqual(whole);
  expect(seconds[4]! / seconds[0]!).toBeCloseTo(2, 1);
});

it("costs the price of the time it was attributed", async () => {
  const { outcomes, seconds } = await lane(sleeps([0.2, 0.3]));
  for (const [trial, { measured }] of outcomes.entries()) expect(measured["cost"]).toBeCloseTo(seconds[trial]!, 9);
});

it("gives a trial that diverges what it was trained for, and its pack-mates alike the same", async () => {
  const { outcomes } = await lane(students([0.01, 1e30]));
  const [first, second, ...diverged] = outcomes.map(({ measured }) => measured["training.seconds"]!);
  expect(first).toBe(second);
  for (const seconds of diverged) expect(seconds).toBeLessThan(first!);
});
