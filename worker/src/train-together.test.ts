import type { Engine, TensorFlow } from "@allot/tensor";
import { loadTfjsNode } from "@allot/testbed";
import { describe, expect, it } from "vitest";
import { nothingKnown } from "./costs.ts";
import { jumpingClock } from "./testing/clock.ts";
import { students, trialsOf } from "./testing/studies.ts";
import { type TrainTrial, train } from "./train.ts";
import type { Ending } from "./trainer.ts";

const { signal } = new AbortController();
const tf = (await loadTfjsNode()) as TensorFlow;

/** Endings by trial, and in which order trials were measured. */
const trained = async (engine: Engine, trials: readonly TrainTrial[], atOnce: number): Promise<{ endings: Map<number, Ending>; measured: number[] }> => {
  const endings = new Map<number, Ending>();
  const measured: number[] = [];
  const room = { most: Number.POSITIVE_INFINITY };
  for await (const event of train({ trials, dataset: { kind: "generated" }, engine, atOnce, room, known: nothingKnown(), clock: jumpingClock(), signal })) {
    if (event.kind === "ended") {
      expect(endings.has(event.trial)).toBe(false);
      endings.set(event.trial, event.ending);
    } else measured.push(event.trial);
  }
  return { endings, measured };
};

const expectClose = (got: Map<number, Ending>, want: Map<number, Ending>): void => {
  for (const [index, { state, failure, metrics }] of want) {
    expect(got.get(index)).toMatchObject({ state, ...(failure === undefined ? {} : { failure }) });
    // Engines hold the same tensors in memory of their own making.
    const results = Object.entries(metrics).filter(([name]) => !name.endsWith("memory"));
    for (const [name, value] of results) expect(got.get(index)!.metrics[name], `trial ${index}, ${name}`).toBeCloseTo(value, 5);
  }
};

/** TensorFlow as it is with room for so many trials; `refused` hears how many it had no room for. */
const roomFor = (room: number, refused?: (trials: number) => void): Engine => {
  const matMul: TensorFlow["matMul"] = (a, ...rest) => {
    if (a.shape[0]! <= room) return tf.matMul(a, ...rest);
    refused?.(a.shape[0]!);
    throw new Error(`OOM when allocating tensor with shape[${a.shape.join(",")}] and type float`);
  };
  return { name: "tfjs", tf: { ...tf, matMul } };
};

describe("trials that move together", () => {
  it("are measured side by side, and end as each alone does; one that diverges ends alone", async () => {
    const trials = trialsOf(students([0.01, 1e30]));
    const { endings, measured } = await trained({ name: "tfjs", tf }, trials, 4);
    expect(measured.slice(0, 4)).toEqual([0, 1, 0, 1]);
    expect(new Set(endings.keys())).toEqual(new Set([0, 1, 2, 3]));
    for (const index of [2, 3]) expect(endings.get(index)).toMatchObject({ state: "Failed", failure: "diverged" });
    expectClose(endings, (await trained("wasm", trials, 4)).endings);
  });

  it("are halved where together they need more memory than there is, and fail where one alone does", async () => {
    const trials = trialsOf(students([0.01, 0.02]));
    const { endings } = await trained(roomFor(2), trials, 4);
    expectClose(endings, (await trained("wasm", trials, 4)).endings);
    for (const { measured } of endings.values()) expect(measured["trials.atOnce"]).toBe(2);
    const none = await trained(roomFor(0), trials, 4);
    for (const index of [0, 1, 2, 3]) expect(none.endings.get(index)).toMatchObject({ state: "Failed", failure: "outOfMemory" });
  });

  it("are held in smaller groups from then on", async () => {
    const refused: number[] = [];
    const { endings } = await trained(
      roomFor(2, (trials) => refused.push(trials)),
      trialsOf(students([0.01, 0.02], 6)),
      8,
    );
    expect(refused).toEqual([8, 4]);
    for (const { state, measured } of endings.values()) expect({ state, atOnce: measured["trials.atOnce"] }).toEqual({ state: "Succeeded", atOnce: 2 });
  });
});
