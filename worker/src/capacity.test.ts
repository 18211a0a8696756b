import { runBytes } from "@allot/studies";
import { describe, expect, it } from "vitest";
import { chooseAtOnce } from "./capacity.ts";
import { students, trialsOf } from "./testing/studies.ts";

const trials = trialsOf(students([0.01, 0.02], 8));
const options = { trials, dataset: { kind: "generated" as const }, engine: "wasm" as const };

describe("how many trials are held at once", () => {
  it.each([
    ["one when packing is off", "off" as const, Number.POSITIVE_INFINITY, 1],
    ["as many as asked for", 5, 0, 5],
    ["no more than there are", 500, 0, 16],
    ["all when memory allows", "auto" as const, Number.POSITIVE_INFINITY, 16],
    ["at least one, however little memory there is", "auto" as const, 0, 1],
  ])("is %s", (_, packing, memoryBytes, want) => expect(chooseAtOnce({ ...options, packing, memoryBytes })).toBe(want));

  it("fits the memory of a lane", () => {
    const four = runBytes({ ...options, trials: trials.slice(0, 4) });
    expect(chooseAtOnce({ ...options, packing: "auto", memoryBytes: four })).toBe(4);
    expect(chooseAtOnce({ ...options, packing: "auto", memoryBytes: four - 1 })).toBe(2);
  });
});
