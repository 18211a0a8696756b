import { systemClock } from "@allot/runtime";
import { describe, expect, it } from "vitest";
import { nothingKnown } from "./costs.ts";
import { jumpingClock } from "./testing/clock.ts";
import { students, trialsOf } from "./testing/studies.ts";
import { train } from "./train.ts";
import type { Ending } from "./trainer.ts";

const { signal } = new AbortController();

const endings = async (expansion: ReturnType<typeof students>, o: { atOnce?: number; known?: ReturnType<typeof nothingKnown>; real?: boolean } = {}) => {
  const found: Ending[] = [];
  let aside = 0;
  const { atOnce = 4, known = nothingKnown(), real = false } = o;
  const clock = real ? systemClock : jumpingClock({ drift: 0.01 });
  for await (const event of train({
    trials: trialsOf(expansion),
    dataset: { kind: "generated" },
    engine: "wasm",
    atOnce,
    room: { most: 64 },
    known,
    clock,
    signal,
  })) {
    if (event.kind !== "ended") continue;
    found.push(event.ending);
    aside += event.aside ?? 0;
  }
  return { found, aside };
};

const inference = ["inference.seconds", "inference.p95.seconds", "inference.batch256.seconds", "inference.batch256.p95.seconds"];

describe("what a trial costs", () => {
  it("is with every success, its facts the same packed or alone", async () => {
    const expansion = students([0.01, 0.02]);
    const together = await endings(expansion, { atOnce: 4 });
    const alone = await endings(expansion, { atOnce: 1 });
    expect(together.found.map(({ metrics }) => metrics)).toEqual(alone.found.map(({ metrics }) => metrics));
    const [{ metrics, measured }] = together.found as [Ending];
    expect(Object.keys(metrics)).toEqual(expect.arrayContaining(["training.flops", "training.memory", "inference.flops", "inference.memory", "storedBytes"]));
    expect(Object.keys(measured)).toEqual(expect.arrayContaining(inference));
  });

  it("has no percentile below its median, and 256 answers take longer than one", async () => {
    const { found } = await endings(students([0.01]), { real: true });
    const [{ measured }] = found as [Ending];
    const [median, p95, many, manyP95] = inference.map((name) => measured[name]!) as [number, number, number, number];
    expect(median).toBeGreaterThan(0);
    expect(p95).toBeGreaterThanOrEqual(median);
    expect(manyP95).toBeGreaterThanOrEqual(many);
    expect(many).toBeGreaterThan(median);
  });

  it("is measured once in a shape class", async () => {
    const known = nothingKnown();
    const first = await endings(students([0.01]), { known });
    const second = await endings(students([0.02]), { known });
    for (const { measured } of [...first.found, ...second.found]) for (const name of inference) expect(measured[name]).toBe(first.found[0]!.measured[name]);
    expect(second.aside).toBeLessThan(first.aside / 5);
  });

  it("is not known of a trial that failed", async () => {
    const { found } = await endings(students([1e30]));
    for (const { state, metrics, measured } of found)
      expect({ state, metrics, inference: measured["inference.seconds"] }).toEqual({ state: "Failed", metrics: {}, inference: undefined });
  });
});
