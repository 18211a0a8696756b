import { normalQuantile } from "./normal.ts";

/** An estimate with its confidence interval. */
export interface Estimate {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

/** Share of ones among zeros and ones, with Wilson's score interval (Wilson 1927): inside [0, 1], and never a point. NaN of nothing. */
export function proportion(outcomes: readonly number[], level = 0.95): Estimate {
  const n = outcomes.length;
  const value = outcomes.reduce((ones, outcome) => ones + outcome, 0) / n;
  const z = normalQuantile((1 + level) / 2);
  const centre = value + (z * z) / (2 * n);
  const half = z * Math.sqrt((value * (1 - value)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { value, low: value === 0 ? 0 : (centre - half) / scale, high: value === 1 ? 1 : (centre + half) / scale };
}

/**
 * first − factor · second of two shares, from their Wilson intervals (Newcombe 1998, Statistics in Medicine 17: 873–890, method 10; with a
 * factor Donner and Zou 2012). `correlation` is that of paired outcomes, 0 where they are independent.
 */
export function proportionDifference(first: Estimate, second: Estimate, { factor, correlation }: { factor: number; correlation: number }): Estimate {
  const value = first.value - factor * second.value;
  const away = (own: number, other: number): number => Math.sqrt(own * own + other * other - 2 * correlation * own * other);
  return {
    value,
    low: value - away(first.value - first.low, factor * (second.high - second.value)),
    high: value + away(first.high - first.value, factor * (second.value - second.low)),
  };
}

/**
 * Correlation of paired zeros and ones as Newcombe's interval of their difference takes it (1998, Statistics in Medicine 17: 2635–2650,
 * method 10): a positive one is corrected for continuity, and one that can't be told is 0.
 */
export function pairedCorrelation(first: readonly number[], second: readonly number[]): number {
  const count = (a: number, b: number): number => first.filter((outcome, i) => outcome === a && second[i] === b).length;
  const [both, one, other, none] = [count(1, 1), count(1, 0), count(0, 1), count(0, 0)];
  const margins = (both + one) * (other + none) * (both + other) * (one + none);
  if (margins === 0) return 0;
  const product = both * none - one * other;
  const corrected = product > 0 ? Math.max(product - first.length / 2, 0) : product;
  return corrected / Math.sqrt(margins);
}
