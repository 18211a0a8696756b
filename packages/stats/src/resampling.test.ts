import { expect, test } from "vitest";
import { median, percentileInterval, resamplingGenerator } from "./index.ts";

const random = () => resamplingGenerator([1, 2, 3, 4]);
const read =
  (values: readonly number[]) =>
  ([positions]: readonly Uint32Array[]) =>
    median(Array.from(positions!, (i) => values[i]!));

test("the median of an even number of values is the mean of the two in the middle, and NaN of nothing", () => {
  expect([[3], [1, 9, 2], [4, 1, 3, 2]].map(median)).toEqual([3, 2, 2.5]);
  expect(median([])).toBeNaN();
});

test("the bootstrap's interval of a median is that of the exact distribution of resampled medians", () => {
  // P(median of a resample of 9 values <= j-th smallest) = P(Binomial(9, j / 9) >= 5); scipy 1.17.1: stats.binom.sf(4, 9, [1/9, 2/9, 7/9, 8/9])
  // = 0.00145, 0.03037, 0.96963, 0.99855: the 2.5 % point is the 2nd smallest, the 97.5 % point the 8th.
  const values = [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 12.8, 25.6];
  expect(percentileInterval({ sizes: [9], statistic: read(values), random: random(), resamples: 20_000 })).toEqual({ low: 0.2, high: 12.8 });
});

const statistic = ([a, b]: readonly Uint32Array[]): number => median(a!) - median(b!);

test("samples are resampled each for itself, and the same draws give the same interval", () => {
  const once = percentileInterval({ sizes: [11, 5], statistic, random: random() });
  expect(percentileInterval({ sizes: [11, 5], statistic, random: random() })).toEqual(once);
  expect(once.low).toBeLessThan(3);
  expect(once.high).toBeGreaterThan(3);
});

test("the interval of a median of 12 values of a skewed distribution holds the truth about 95 times of 100", () => {
  const draws = resamplingGenerator([5, 6, 7, 8]);
  let held = 0;
  for (let trial = 0; trial < 400; trial++) {
    // 10^(4 u): over four decades, with the median 100.
    const values = Array.from({ length: 12 }, () => 10 ** (4 * draws()));
    const { low, high } = percentileInterval({ sizes: [12], statistic: read(values), random: draws, resamples: 400 });
    if (low <= 100 && 100 <= high) held++;
  }
  expect(held / 400).toBeGreaterThan(0.91);
});
