import { tfjsNode } from "@allot/testbed";
import { describe, expect, it } from "vitest";
import { studyTrainer } from "./study-trainer.ts";
import { jumpingClock } from "./testing/clock.ts";
import { students } from "./testing/studies.ts";
import { dataShelf } from "./work.ts";

const { signal } = new AbortController();
const environment = { ALLOT_TFJS: await tfjsNode(), ALLOT_NATIVE: "off" };

/** How many trials of a hundred move together, and what the lane found out about it. */
const packed = async (engine: string, determinism: string): Promise<{ atOnce: number; found: Readonly<Record<string, string>> }> => {
  const expansion = students([0.01, 0.02], 50, { engine, steps: 20_000, measureEvery: 10, execution: { determinism } });
  // Each reading of this clock takes 1 ms, whatever was done: the more at once, the faster.
  const clock = jumpingClock({ drift: 1 });
  const shelf = dataShelf({ folders: [], cache: "" });
  const trainer = studyTrainer({ expansion, shelf, lanes: {}, packing: "auto", memoryBytes: 1e9, environment, home: "", clock });
  const pack = await trainer.prepare({ first: 0, last: 99 }, { signal });
  const measured = new Set<number>();
  for await (const { trial } of pack.train(pack.works, { signal })) {
    if (measured.has(trial)) break;
    measured.add(trial);
  }
  return { atOnce: measured.size, found: Object.fromEntries(Object.entries(pack.host()).filter(([fact]) => fact.startsWith("packing."))) };
};

describe("packing: auto", () => {
  it("is by measurement on tfjs under determinism: fast, and says what was measured", async () => {
    const { atOnce, found } = await packed("tfjs", "fast");
    expect(found).toEqual({ "packing.updatesPerSecond": "1: 1000, 4: 4000, 16: 16000, 64: 64000, 100: 100000" });
    expect(atOnce).toBe(100);
  });

  it("is by memory alone on tfjs under determinism: strict, so that no clock decides bits", async () => {
    expect(await packed("tfjs", "strict")).toEqual({ atOnce: 64, found: {} });
  });

  it("finds out nothing on wasm, where trials move one after another", async () => {
    expect(await packed("wasm", "fast")).toEqual({ atOnce: 1, found: {} });
  });
});
