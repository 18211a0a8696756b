import { expect, test } from "vitest";
import { scatterRatio } from "./collapse.ts";

test("V8: scatter within over between classes", () => {
  expect(scatterRatio([0, 1, 1, 0, 4, 1, 5, 0], [0, 0, 1, 1])).toBeCloseTo(0.125, 12);
});

test("a class without examples does not count", () => {
  expect(scatterRatio([0, 1, 1, 0, 4, 1, 5, 0], [0, 0, 3, 3])).toBeCloseTo(0.125, 12);
});
