import { expect, it } from "vitest";
import { median, runsOf } from "./runs.ts";

it("the median is in the middle, whatever the order", () => {
  expect([median([7]), median([9, 1, 2]), median([4, 1, 2, 9])]).toEqual([7, 2, 3]);
});

it("--runs is a number of runs", () => {
  expect([runsOf(undefined), runsOf("3")]).toEqual([1, 3]);
  for (const wrong of ["0", "many", "1.5", "100"]) expect(() => runsOf(wrong)).toThrow(`--runs ${wrong}: name a whole number from 1 to 99`);
});
