import * as fc from "fast-check";
import { expect, test } from "vitest";
import { kendallInterval, kendallTau, resamplingGenerator } from "./index.ts";

test.each([
  // scipy 1.17.1: scipy.stats.kendalltau(x, y).statistic
  [[1, 2, 3, 4, 5], [3, 1, 2, 5, 4], 0.39999999999999997],
  [[12, 2, 1, 12, 2], [1, 4, 7, 1, 0], -0.4714045207910316],
  [[0.3, 0.1, 0.1, 0.9, 0.5, 0.2], [2, 2, 1, 5, 5, 0.5], 0.592999453328881],
  [[1, 2, 3], [3, 2, 1], -1],
])("τ-b of %j and %j is scipy's", (first, second, want) => {
  expect(kendallTau(first, second)).toBeCloseTo(want, 14);
});

test("τ-b is not known where a ranking ranks nothing apart, or a value is missing", () => {
  expect(kendallTau([1, 1, 1], [1, 2, 3])).toBeNaN();
  expect(kendallTau([1, Number.NaN, 1], [1, 2, 3])).toBeNaN();
  expect(kendallTau([1], [1])).toBeNaN();
});

test("τ-b goes by order alone, is symmetric, and changes its sign when one ranking is turned round", () => {
  const pairs = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 0, max: 9 })), { minLength: 2, maxLength: 12 });
  fc.assert(
    fc.property(pairs, (points) => {
      const [first, second] = [points.map(([x]) => x), points.map(([, y]) => y)];
      const tau = kendallTau(first, second);
      if (Number.isNaN(tau)) return;
      expect(Math.abs(tau)).toBeLessThanOrEqual(1 + 1e-12);
      expect(kendallTau(second, first)).toBeCloseTo(tau, 12);
      expect(
        kendallTau(
          first.map((x) => x ** 3 - 7),
          second,
        ),
      ).toBeCloseTo(tau, 12);
      expect(
        kendallTau(
          first.map((x) => -x),
          second,
        ),
      ).toBeCloseTo(-tau, 12);
    }),
  );
});

const seeded = () => resamplingGenerator([1, 2, 3, 4]);

test("the interval is 1 where every draw ranks alike, and the same in every report", () => {
  const clear = [0, 10, 20].map((base) => [base, base + 1, base + 2, base + 3]);
  expect(kendallInterval(clear, clear, { random: seeded() })).toEqual({ low: 1, high: 1 });
  const noisy = [0, 0.5, 1].map((base, arm) => [0, 1, 2, 3].map((r) => base + ((arm * 7 + r * 5) % 4)));
  expect(kendallInterval(noisy, clear, { random: seeded() })).toEqual(kendallInterval(noisy, clear, { random: seeded() }));
});

test("the interval's ends are quantiles of τ over all draws, where those can be listed", () => {
  // Two replicates: draws (0,0), (0,1), (1,0), (1,1) are equally likely, so τ is −1 in a quarter of them and 1 in the rest.
  const first = [
    [0, 0],
    [1, 1],
  ];
  const second = [
    [1, 0],
    [0, 5],
  ];
  expect(kendallInterval(first, second, { random: seeded(), level: 0.4 })).toEqual({ low: 1, high: 1 });
  expect(kendallInterval(first, second, { random: seeded(), level: 0.6 })).toEqual({ low: -1, high: 1 });
});

test("values that are missing are left out of the means, and one replicate has no interval", () => {
  const gap = [
    [0, Number.NaN, 0],
    [1, 1, 1],
  ];
  expect(kendallInterval(gap, gap, { random: seeded() })).toEqual({ low: 1, high: 1 });
  expect(kendallInterval([[0], [1]], [[0], [1]], { random: seeded() })).toBeUndefined();
});
