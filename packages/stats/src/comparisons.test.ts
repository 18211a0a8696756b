import * as fc from "fast-check";
import { expect, test } from "vitest";
import { bootstrapInterval, detectableEffect, holm, pairedTPower, replicatesNeeded, resamplingGenerator, smallestAttainableP } from "./index.ts";

test.each([
  // statsmodels 0.15.0: multipletests(p, method='holm')[1]
  ["crossing", [0.01, 0.04, 0.03, 0.005], [0.03, 0.06, 0.06, 0.02]],
  ["ties and large", [0.0078125, 0.0078125, 0.3, 0.02, 0.9], [0.0390625, 0.0390625, 0.6, 0.06, 0.9]],
])("Holm correction of %s p-values is statsmodels'", (_, ps, want) => {
  holm(ps).forEach((p, i) => {
    expect(p).toBeCloseTo(want[i]!, 12);
  });
});

test("Holm correction keeps the order, never lowers a p and never exceeds Bonferroni", () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 30 }), (ps) => {
      const corrected = holm(ps);
      ps.forEach((p, i) => {
        expect(corrected[i]).toBeGreaterThanOrEqual(p);
        expect(corrected[i]).toBeLessThanOrEqual(Math.min(1, p * ps.length));
        ps.forEach((q, j) => {
          expect(p < q && corrected[i]! > corrected[j]!).toBe(false);
        });
      });
    }),
  );
});

test.each([
  [1, 6],
  [2, 7],
  [5, 8],
  [20, 10],
])("%d comparisons need %d replicates", (comparisons, want) => {
  expect(replicatesNeeded(comparisons)).toBe(want);
  expect(want).toBe(Math.ceil(1 + Math.log2(comparisons / 0.05)));
  expect(smallestAttainableP(want, comparisons)).toBeLessThanOrEqual(0.05);
  expect(smallestAttainableP(want - 1, comparisons)).toBeGreaterThan(0.05);
});

test.each([
  // statsmodels: TTestPower().power(dz, n, alpha)
  [0.8, 8, 0.05, 0.4963820462438341],
  [1.5959, 8, 0.01, 0.8000023821000761],
  [0.5, 34, 0.05, 0.8077775012792737],
])("power of dz = %d with %d replicates at %d is statsmodels'", (dz, replicates, alpha, want) => {
  // statsmodels counts both tails; the far one is below 1e-4 here.
  expect(Math.abs(pairedTPower({ dz, replicates, alpha }) - want)).toBeLessThan(1e-4);
});

test.each([
  // statsmodels: TTestPower().solve_power(effect_size=None, nobs=n, alpha=.05 / m, power=.8)
  [8, 1, 1.156035271959959],
  [12, 1, 0.8886543444414026],
  [20, 5, 0.8384472461638419],
])("with %d replicates and %d comparisons the detectable effect is the paired t's", (replicates, comparisons, want) => {
  expect(detectableEffect({ replicates, comparisons })).toBeCloseTo(want, 4);
});

test.each([
  // Simulated in numpy, 20,000 studies each: share of exact tests at or below 0.05 / m was 0.7966, 0.7999, 0.8000, 0.8039.
  [6, 1, 1.7927],
  [7, 1, 1.3318],
  [7, 2, 1.861],
  [9, 5, 1.611],
])("with %d replicates and %d comparisons few arrangements reject and the effect is the sign-flip test's own", (replicates, comparisons, want) => {
  expect(detectableEffect({ replicates, comparisons })).toBeCloseTo(want, 3);
});

test("no effect is detectable where no p is small enough", () => {
  expect(detectableEffect({ replicates: 5, comparisons: 1 })).toBeUndefined();
  expect(detectableEffect({ replicates: 8, comparisons: 7 })).toBeUndefined();
});

test("a BCa interval is scipy's within resampling error, and the same for the same generator", () => {
  // y = [...]; stats.bootstrap((y,), np.mean, n_resamples=999999, method='BCa', rng=1).confidence_interval = 2.4583, 4.3667
  const skewed = [2.1, 2.4, 1.9, 7.2, 2.6, 2.2, 3.9, 2.0, 2.8, 5.1, 2.3, 2.5];
  const draw = () => bootstrapInterval(skewed, { random: resamplingGenerator([1, 2, 3, 4]), resamples: 20_000 });
  const { low, high } = draw() ?? { low: Number.NaN, high: Number.NaN };
  expect(Math.abs(low - 2.4583)).toBeLessThan(0.02);
  expect(Math.abs(high - 4.3667)).toBeLessThan(0.06);
  expect(draw()).toEqual(draw());
  const random = resamplingGenerator([1, 2, 3, 4]);
  expect(bootstrapInterval([0.1, 0.1, 0.1], { random })).toEqual({ low: 0.1, high: 0.1 });
  expect(bootstrapInterval([1], { random })).toBeUndefined();
});

test("the resampling generator is uniform to within chance (10 bins, 100,000 draws)", () => {
  const random = resamplingGenerator([11, 12, 13, 14]);
  const bins = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 100_000; i++) bins[Math.floor(random() * 10)] = bins[Math.floor(random() * 10)]! + 1;
  const chiSquare = bins.reduce((total, count) => total + (count - 10_000) ** 2 / 10_000, 0);
  expect(chiSquare).toBeLessThan(27.9);
});

test("the detectable effect of very many replicates costs no more, and goes on smoothly", () => {
  const [last, next, many, more] = [10_000, 10_001, 1e5, 1e9].map((replicates) => detectableEffect({ replicates, comparisons: 5 })!);
  expect(next! / last!).toBeCloseTo(1, 4);
  expect(more).toBeCloseTo(many! / 100, 9);
});
