import { StudyError } from "@allot/studies";
import { describe, expect, it } from "vitest";
import { nothingKnown } from "./costs.ts";
import { jumpingClock } from "./testing/clock.ts";
import { sleeps, students, trialsOf } from "./testing/studies.ts";
import { type TrainTrial, train } from "./train.ts";
import type { Ending, TrainEvent } from "./trainer.ts";

const { signal } = new AbortController();

const endingsOf = async (events: AsyncIterable<TrainEvent>): Promise<Map<number, Ending>> => {
  const endings = new Map<number, Ending>();
  for await (const event of events) if (event.kind === "ended") endings.set(event.trial, event.ending);
  return endings;
};

const onWasm = { dataset: { kind: "generated" }, engine: "wasm", room: { most: Number.POSITIVE_INFINITY }, signal } as const;

const trainAll = (trials: readonly TrainTrial[], atOnce: number): AsyncGenerator<TrainEvent> =>
  train({ ...onWasm, known: nothingKnown(), trials, atOnce, clock: jumpingClock() });

describe("train", () => {
  it("measures each trial at increasing steps and ends it once", async () => {
    const trials = trialsOf(students([0.01, 0.02]));
    const steps = new Map<number, number[]>();
    const ended: number[] = [];
    for await (const event of trainAll(trials, 3)) {
      if (event.kind === "ended") ended.push(event.trial);
      else steps.set(event.trial, [...(steps.get(event.trial) ?? []), event.step]);
    }
    expect(ended).toEqual([0, 1, 2, 3]);
    for (const { index } of trials) {
      const measured = steps.get(index)!;
      expect(measured.at(-1)).toBe(50);
      expect(measured).toEqual(measured.toSorted((a, b) => a - b));
    }
  });

  it("gives the same metrics whether trials are held together or alone", async () => {
    const trials = trialsOf(students([0.01, 0.02]));
    const together = await endingsOf(trainAll(trials, 4));
    const alone = await endingsOf(trainAll(trials, 1));
    for (const { index } of trials) expect(together.get(index)!.metrics).toEqual(alone.get(index)!.metrics);
  });

  it("fails a diverged trial alone: its pack-mates end as without it", async () => {
    const trials = trialsOf(students([0.01, 1e30]));
    const endings = await endingsOf(trainAll(trials, 4));
    const mates = await endingsOf(trainAll(trialsOf(students([0.01, 0.02])), 4));
    for (const index of [0, 1]) expect(endings.get(index)).toMatchObject({ state: "Succeeded", metrics: mates.get(index)!.metrics });
    for (const index of [2, 3]) expect(endings.get(index)).toMatchObject({ state: "Failed", failure: "diverged", metrics: {} });
    expect(endings.get(2)!.message).toMatch(/step 1|step [0-9]+/);
  });

  it("fails a study that makes no sense as invalidConfig, naming the field, and trains the others", async () => {
    const trials = trialsOf(students([0.01]));
    const wrong = { ...trials[1]!, study: { ...trials[1]!.study, dtype: "f64" as const } };
    const endings = await endingsOf(trainAll([trials[0]!, wrong], 2));
    expect(endings.get(0)).toMatchObject({ state: "Succeeded" });
    expect(endings.get(1)).toMatchObject({ state: "Failed", failure: "invalidConfig" });
    expect(endings.get(1)!.message).toContain(new StudyError("dtype", "").field);
  });

  it("waits as long as a sleeping trial says, and counts it as training time", async () => {
    const clock = jumpingClock();
    const endings = await endingsOf(train({ ...onWasm, known: nothingKnown(), trials: trialsOf(sleeps([2, 3], 1)), atOnce: 2, clock }));
    expect(clock.slept.filter((milliseconds) => milliseconds > 0)).toEqual([2000, 3000]);
    expect([...endings.values()].map(({ measured }) => measured["train.seconds"])).toEqual([2, 3]);
  });

  it("lets the event loop turn at least every 200 ms", async () => {
    // Each reading of this clock takes 20 ms, as if all work were slow.
    const clock = jumpingClock({ drift: 20 });
    let last = 0;
    let longest = 0;
    const watched = {
      ...clock,
      sleep: async (milliseconds: number, options: { signal: AbortSignal }) => {
        const now = clock.monotonic();
        longest = Math.max(longest, now - last);
        last = now;
        return clock.sleep(milliseconds, options);
      },
    };
    await endingsOf(train({ ...onWasm, known: nothingKnown(), trials: trialsOf(students([0.01], 1)), atOnce: 1, clock: watched }));
    expect(last).toBeGreaterThan(0);
    expect(longest).toBeLessThanOrEqual(200);
  });

  it("stops in the middle of a trial when the signal aborts", async () => {
    const ending = new AbortController();
    const events = train({
      ...onWasm,
      known: nothingKnown(),
      trials: trialsOf(students([0.01])),
      atOnce: 1,
      clock: jumpingClock({ drift: 5 }),
      signal: ending.signal,
    });
    await events.next();
    ending.abort(new Error("enough"));
    await expect(endingsOf(events)).rejects.toThrow("enough");
  });
});
