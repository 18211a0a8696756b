import { expect, test } from "vitest";
import { incompleteBeta, noncentralTCdf, normalCdf, normalQuantile, pairedT, studentCritical, studentTwoSided } from "./index.ts";
import { exponential } from "./normal.ts";

/** |value - want| / |want|. */
function relativeError(value: number | undefined, want: number): number {
  return value === want ? 0 : Math.abs((value ?? Number.NaN) - want) / Math.abs(want);
}

test.each([
  // scipy 1.17.1: 2 * stats.t.sf(t, v)
  [0.5, 1, 0.7048327646991335],
  [2, 1, 0.2951672353008665],
  [12.7, 1, 0.050024327689344165],
  [2, 7, 0.08561932856297605],
  [2.365, 7, 0.04997237227479154],
  [6, 3, 0.009272714892284666],
  [25, 9, 1.2589450378990368e-9],
  [0.001, 4, 0.99925000015625],
  [40, 30, 1.3726045194406417e-27],
  [1.96, 1000, 0.050273184955748736],
  [8, 2000, 2.0864365381608377e-15],
])("two-sided p of t = %d with %d degrees of freedom is scipy's", (t, degrees, want) => {
  expect(relativeError(studentTwoSided(t, degrees), want)).toBeLessThan(1e-11);
  expect(studentTwoSided(-t, degrees)).toBe(studentTwoSided(t, degrees));
});

test.each([
  // scipy: stats.t.isf(p / 2, v)
  [0.05, 1, 12.706204736174705],
  [0.05, 7, 2.3646242515927844],
  [0.01, 7, 3.4994832973504932],
  [0.0025, 9, 4.1457888284432425],
  [0.05, 200, 1.9718962236339093],
  [1e-6, 5, 28.478473462984212],
])("critical t at p = %d with %d degrees of freedom is scipy's", (p, degrees, want) => {
  expect(relativeError(studentCritical(p, degrees), want)).toBeLessThan(1e-12);
});

test.each([
  // scipy: stats.beta.cdf(x, a / 2, b / 2)
  [1, 1, 0.3, 0.36901011956554536],
  [7, 1, 0.9, 0.40708382206558924],
  [3, 8, 0.2, 0.404281090331962],
  [41, 7, 0.8, 0.20703074935498553],
  [2000, 1, 0.998, 0.04541922850696343],
])("incomplete beta of halves %d and %d at %d is scipy's", (twoA, twoB, x, want) => {
  expect(relativeError(incompleteBeta(twoA, twoB, { x, y: 1 - x }), want)).toBeLessThan(1e-11);
});

test.each([
  // scipy: stats.norm.cdf(x)
  [-8, 6.22096057427174e-16],
  [-3.5, 0.00023262907903552502],
  [-3, 0.0013498980316300933],
  [-1.96, 0.024997895148220435],
  [-0.1, 0.460172162722971],
  [0, 0.5],
  [0.5, 0.6914624612740131],
  [2.9, 0.998134186699616],
  [3.1, 0.9990323967867817],
  [5, 0.9999997133484281],
])("normal distribution function at %d is scipy's", (x, want) => {
  expect(relativeError(normalCdf(x), want)).toBeLessThan(1e-12);
});

test.each([
  // scipy: stats.norm.ppf(p)
  [1e-10, -6.361340902404056],
  [0.001, -3.090232306167813],
  [0.025, -1.9599639845400545],
  [0.3, -0.5244005127080409],
  [0.975, 1.959963984540054],
])("normal quantile of %d is scipy's", (p, want) => {
  expect(relativeError(normalQuantile(p), want)).toBeLessThan(1e-11);
});

test.each([
  // scipy: stats.nct.cdf(t, v, d)
  [2.3646, 7, 1, 0.8623534992893641],
  [2.3646, 7, 3.2, 0.21680408219279504],
  [12.7, 1, 2, 0.8747161943558133],
  [4.2, 9, 5.4, 0.17300996929667298],
  [0, 5, 1, 0.15865525393145707],
])("noncentral t at %d (%d degrees, noncentrality %d) is scipy's", (t, degrees, noncentrality, want) => {
  expect(relativeError(noncentralTCdf(t, degrees, noncentrality), want)).toBeLessThan(1e-11);
});

test("the exponential is the engine's to two units in the last place, and exact at its ends", () => {
  for (let x = -700; x < 700; x += 0.37) expect(relativeError(exponential(x), Math.exp(x))).toBeLessThan(1e-15);
  expect([exponential(0), exponential(-1000), exponential(1000)]).toEqual([1, 0, Number.POSITIVE_INFINITY]);
});

test("a paired t test with its interval is scipy's", () => {
  // r = stats.ttest_1samp(d, 0); r.statistic, r.pvalue, r.confidence_interval(.95)
  const found = pairedT([0.019, 0.023, 0.008, -0.004, 0.031, 0.012, 0.017, 0.002]);
  expect(found?.degrees).toBe(7);
  expect(relativeError(found?.t, 3.348937833908628)).toBeLessThan(1e-12);
  expect(relativeError(found?.p, 0.012268584552648731)).toBeLessThan(1e-11);
  expect(relativeError(found?.low, 0.00396789490289071)).toBeLessThan(1e-11);
  expect(relativeError(found?.high, 0.02303210509710929)).toBeLessThan(1e-11);
});

test("differences without spread give a point, not a division by zero", () => {
  expect(pairedT([1])).toBeUndefined();
  expect(pairedT([0.5, 0.5, 0.5])).toMatchObject({ p: 0, low: 0.5, high: 0.5 });
  expect(pairedT([0, 0, 0])).toMatchObject({ t: 0, p: 1, low: 0, high: 0 });
});
