import { mean, sampleStd } from "./descriptive.ts";

/** Value of the continued fraction of the incomplete beta function (DLMF 8.17.22) by Lentz's method. */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  let c = 1;
  let d = 1 / (1 - ((a + b) * x) / (a + 1) || tiny);
  let value = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d || tiny);
    c = 1 + even / c || tiny;
    value *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d || tiny);
    c = 1 + odd / c || tiny;
    value *= d * c;
    if (Math.abs(d * c - 1) < 1e-16) break;
  }
  return value;
}

/** x^a (1-x)^b / B(a, b) for half-integers, by B(a+1, b) = B(a, b) a / (a+b): no gamma function, and no under- or overflow on the way. */
function betaPrefactor(twoA: number, twoB: number, x: number, y: number): number {
  let a = twoA % 2 === 0 ? 1 : 0.5;
  let b = twoB % 2 === 0 ? 1 : 0.5;
  const startBeta = a === b ? (a === 1 ? 1 : Math.PI) : 2;
  let value = ((a === 1 ? x : Math.sqrt(x)) * (b === 1 ? y : Math.sqrt(y))) / startBeta;
  for (; a < twoA / 2; a++) value *= (x * (a + b)) / a;
  for (; b < twoB / 2; b++) value *= (y * (a + b)) / b;
  return value;
}

/**
 * Regularised incomplete beta function I_x(twoA / 2, twoB / 2) for positive integers twoA and twoB, and y = 1 - x
 * (given beside x, because the smaller of both carries the digits).
 */
export function incompleteBeta(twoA: number, twoB: number, { x, y }: { x: number; y: number }): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const a = twoA / 2;
  const b = twoB / 2;
  const factor = betaPrefactor(twoA, twoB, x, y);
  if (x < (a + 1) / (a + b + 2)) return (factor * betaFraction(a, b, x)) / a;
  return 1 - (factor * betaFraction(b, a, y)) / b;
}

/** P(|T| >= |t|) of Student's t with a whole number of degrees of freedom (Abramowitz and Stegun 26.7.1). */
export function studentTwoSided(t: number, degrees: number): number {
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return 0;
  return incompleteBeta(degrees, 1, { x: degrees / (degrees + square), y: square / (degrees + square) });
}

/** The t > 0 with P(|T| >= t) = p. */
export function studentCritical(p: number, degrees: number): number {
  let high = 1;
  while (studentTwoSided(high, degrees) > p) high *= 2;
  let low = 0;
  for (let k = 0; k < 100; k++) {
    const middle = (low + high) / 2;
    if (studentTwoSided(middle, degrees) > p) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** What a paired t test says of the mean difference; assumes differences that are independent and normal. */
export interface PairedT {
  readonly t: number;
  readonly degrees: number;
  /** Two-sided. */
  readonly p: number;
  /** Confidence interval of the mean difference, in the unit of the differences. */
  readonly low: number;
  readonly high: number;
}

/** Paired t test and its interval; undefined below two differences. Without any spread the interval is the point and p is 0 or 1. */
export function pairedT(differences: readonly number[], level = 0.95): PairedT | undefined {
  const degrees = differences.length - 1;
  if (degrees < 1) return undefined;
  const centre = mean(differences);
  const error = sampleStd(differences) / Math.sqrt(differences.length);
  const t = centre === 0 ? 0 : centre / error;
  const half = error === 0 ? 0 : studentCritical(1 - level, degrees) * error;
  return { t, degrees, p: studentTwoSided(t, degrees), low: centre - half, high: centre + half };
}
