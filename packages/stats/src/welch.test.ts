import { expect, test } from "vitest";
import { welchInterval } from "./index.ts";

test.each([
  // numpy and scipy 1.17.1, df being Welch's degrees: h = stats.t.isf(.025, floor(df)) * sqrt(va + vb); mean(a) - mean(b) -+ h
  [[0.938, 0.941, 0.936, 0.939, 0.94], [0.814, 0.809, 0.821, 0.805, 0.818, 0.816], 0.11869580025155177, 0.13123753308178157],
  [[1, 2, 4, 8], [3, 3, 5], -4.595843941565823, 4.762510608232489],
  // stats.ttest_ind(a, b, equal_var=False).confidence_interval()
  [[5, 5, 5], [1, 2, 3], 0.5158622882496702, 5.48413771175033],
])("the interval of %j against %j is scipy's at whole degrees of freedom", (first, second, low, high) => {
  const interval = welchInterval(first, second)!;
  expect(interval.low).toBeCloseTo(low, 12);
  expect(interval.high).toBeCloseTo(high, 12);
});

test("it needs two values of each, and is a point where none varies", () => {
  expect(welchInterval([1], [1, 2])).toBeUndefined();
  expect(welchInterval([2, 2], [1, 1, 1])).toEqual({ low: 1, high: 1 });
});
