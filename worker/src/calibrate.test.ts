import type { Engine, TensorFlow } from "@allot/tensor";
import { loadTfjsNode } from "@allot/testbed";
import { describe, expect, it } from "vitest";
import { type CalibrateOptions, calibrate, type Tried } from "./calibrate.ts";
import { jumpingClock } from "./testing/clock.ts";
import { students, trialsOf } from "./testing/studies.ts";

const { signal } = new AbortController();
const tf = (await loadTfjsNode()) as TensorFlow;

/** Options for TensorFlow as it is, on a clock by which a product of so many trials takes so long (ms). */
const timed = (cost: (trials: number) => number, learningRate = 0.01): CalibrateOptions & { products: () => number } => {
  const clock = jumpingClock();
  let time = 0;
  let products = 0;
  const matMul: TensorFlow["matMul"] = (a, ...rest) => {
    products++;
    time += cost(a.shape[0]!);
    return tf.matMul(a, ...rest);
  };
  return {
    trials: trialsOf(students([learningRate], 256, { steps: 20_000 })),
    dataset: { kind: "generated" },
    engine: { name: "tfjs", tf: { ...tf, matMul } },
    limit: 100,
    otherwise: 64,
    room: { most: 100 },
    clock: { ...clock, monotonic: () => time },
    signal,
    products: () => products,
  };
};

describe("how many trials TensorFlow is given at once", () => {
  it.each([
    ["all that there is room for where starting an operation is all it takes", () => 0.1, 100],
    ["one where each trial takes as long whatever its company", (trials: number) => 0.1 * trials, 1],
    ["what still fits the cache where more are slower", (trials: number) => 0.1 + (trials > 16 ? 0.05 : 0.01) * trials, 16],
    ["the fewest that are about as fast as any", (trials: number) => 0.1 * Math.max(4, trials) - 0.001 * trials, 4],
  ])("is %s", async (_, cost, want) => {
    const tried: Tried[] = [];
    expect(await calibrate(tried, timed(cost))).toBe(want);
    expect(tried.map(({ atOnce }) => atOnce)).toEqual([1, 4, 16, 64, 100]);
  });

  it("is found out once, and within what a pack may hold", async () => {
    const tried: Tried[] = [];
    const options = timed(() => 0.1);
    await calibrate(tried, options);
    const products = options.products();
    expect(await calibrate(tried, options)).toBe(100);
    expect(await calibrate(tried, { ...options, limit: 16 })).toBe(16);
    expect(options.products()).toBe(products);
  });

  it("is not found out where that would take more than a fiftieth of the pack's training, or two seconds", async () => {
    const tried: Tried[] = [];
    const trials = trialsOf(students([0.01], 8, { steps: 20 }));
    expect(await calibrate(tried, { ...timed(() => 0.1), trials, limit: 8, otherwise: 7 })).toBe(7);
    expect(tried.length).toBe(1);
    const slow: Tried[] = [];
    expect(
      await calibrate(
        slow,
        timed((atOnce) => atOnce),
      ),
    ).toBe(64);
    expect(slow.length).toBeGreaterThan(1);
    expect(slow.reduce((sum, { milliseconds }) => sum + milliseconds, 0)).toBeLessThan(2000);
  });

  it("is what memory has room for", async () => {
    const options = timed((trials) => {
      if (trials > 4) throw new Error("OOM when allocating tensor");
      return 0.1;
    });
    expect(await calibrate([], options)).toBe(4);
    expect(options.room.most).toBe(4);
  });

  it("is left as it was where the trial diverges, and on an engine that goes trial by trial", async () => {
    const tried: Tried[] = [];
    const options = timed(() => 0.1);
    expect(
      await calibrate(
        tried,
        timed(() => 0.1, 1e30),
      ),
    ).toBe(64);
    for (const engine of ["wasm", "reference"] satisfies Engine[]) expect(await calibrate(tried, { ...options, engine })).toBe(64);
    expect(tried).toEqual([]);
  });

  it("is of no interest any more when the signal aborts", async () => {
    const ending = AbortSignal.abort(new Error("enough"));
    await expect(calibrate([], { ...timed(() => 0.1), signal: ending })).rejects.toThrow("enough");
  });
});
