import { expect, test } from "vitest";
import { cohensDz, mean, pairedDifferences, quantile, sampleStd } from "./index.ts";

const differences = [0.019, 0.023, 0.008, -0.004, 0.031, 0.012, 0.017, 0.002];

test("mean, sample deviation, d_z and quantile are numpy's", () => {
  // d = [...]; np.mean(d), np.std(d, ddof=1), np.mean(d) / np.std(d, ddof=1)
  expect(mean(differences)).toBeCloseTo(0.0135, 15);
  expect(sampleStd(differences)).toBeCloseTo(0.011401754250991381, 15);
  expect(cohensDz(differences)).toBeCloseTo(1.1840283260644895, 12);
  // np.quantile([1, 2, 4, 8], [0, .1, .5, 1])
  expect([0, 0.1, 0.5, 1].map((q) => quantile([1, 2, 4, 8], q))).toEqual([1, 1.3, 3, 8]);
});

test("equal values have exactly no deviation, one value has none at all", () => {
  expect(sampleStd([0.1, 0.1, 0.1, 0.1, 0.1, 0.1])).toBe(0);
  expect(sampleStd([3])).toBeNaN();
  expect(cohensDz([0, 0, 0])).toBe(0);
  expect(cohensDz([0.5, 0.5, 0.5])).toBe(Number.POSITIVE_INFINITY);
});

test("a mean survives cancellation", () => {
  expect(mean([1e16, 1, -1e16, 1])).toBe(0.5);
});

test("a pair with a missing side is left out and counted", () => {
  expect(pairedDifferences([3, Number.NaN, 5, 7], [1, 1, Number.NaN, 2])).toEqual({ differences: [2, 5], missing: 2 });
  expect(() => pairedDifferences([1], [1, 2])).toThrow(/equal lengths, got 1 and 2/);
});
