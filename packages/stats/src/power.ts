import { smallestAttainableP } from "./comparisons.ts";
import { exponential, normalCdf, normalDensity } from "./normal.ts";
import { incompleteBeta, studentCritical } from "./student.ts";

/** The largest noncentrality the series below is good for: e^(-d²/2) must not vanish. */
const LARGEST_NONCENTRALITY = 37;

/** Beyond it the t distribution is normal to 1 in 2,000 and effects shrink with the root of the replicates: no work that grows with them. */
const LARGEST_COMPUTED = 10_000;

/**
 * P(T' <= t) of the noncentral t distribution for t >= 0 (Lenth 1989, algorithm AS 243), whole degrees of freedom,
 * 0 <= noncentrality <= 37.
 */
export function noncentralTCdf(t: number, degrees: number, noncentrality: number): number {
  const square = t * t;
  const point = { x: square / (degrees + square), y: degrees / (degrees + square) };
  const half = (noncentrality * noncentrality) / 2;
  const start = exponential(-half);
  let even = start;
  // 1 / Gamma(3/2) = 2 / sqrt(pi); with the 1/sqrt(2) of the source.
  let odd = noncentrality * start * Math.sqrt(2 / Math.PI);
  let total = 0;
  let weight = 0;
  for (let j = 0; j < 4000 && weight < 1 - 1e-14; j++) {
    total += even * incompleteBeta(2 * j + 1, degrees, point) + odd * incompleteBeta(2 * j + 2, degrees, point);
    weight += even;
    even *= half / (j + 1);
    odd *= half / (j + 1.5);
  }
  return normalCdf(-noncentrality) + total / 2;
}

/** Chance that a two-sided paired t test at `alpha` rejects when the true effect is `dz` standard deviations of the differences. */
export function pairedTPower({ dz, replicates, alpha }: { dz: number; replicates: number; alpha: number }): number {
  const degrees = replicates - 1;
  const noncentrality = Math.abs(dz) * Math.sqrt(replicates);
  if (noncentrality > LARGEST_NONCENTRALITY) return 1;
  return 1 - noncentralTCdf(studentCritical(alpha, degrees), degrees, noncentrality);
}

/**
 * Chance that the exact sign-flip test of n normal differences (mean dz, deviation 1) has at most `rank` (1 to 3) arrangements on its side
 * as large as the observed one. The three largest signed sums are: all signs equal; the smallest |difference| opposite; the second
 * smallest opposite. So this is one integral over the size x of the only opposite difference, by Simpson's rule.
 */
function fewArrangementsPower(dz: number, replicates: number, rank: number): number {
  const all = power(normalCdf(dz), replicates);
  if (rank === 1) return all;
  const density = (x: number): number => {
    const above = normalCdf(dz - x);
    const smallest = power(above, replicates - 1);
    const second = rank < 3 ? 0 : (replicates - 1) * (normalCdf(dz) - above) * power(above, replicates - 2);
    return replicates * normalDensity(x + dz) * (smallest + second);
  };
  const panels = 64;
  const width = (dz + 6) / panels;
  let total = density(0) + density(dz + 6);
  for (let i = 1; i < panels; i++) total += (i % 2 === 1 ? 4 : 2) * density(i * width);
  return all + (total * width) / 3;
}

function power(base: number, exponent: number): number {
  let value = 1;
  for (let i = 0; i < exponent; i++) value *= base;
  return value;
}

/**
 * The smallest true effect (Cohen's d_z, normal differences) that the exact sign-flip test of n replicates finds with 80 % probability at
 * Holm's first step of m comparisons, alpha / m. Where at most three arrangements per side reject, the test's own power is computed;
 * else it is the paired t's, which was within 0.05 of the sign-flip test's in simulations (n = 8 to 12).
 * Undefined where no p can be small enough (see `replicatesNeeded`).
 */
export function detectableEffect(o: { replicates: number; comparisons: number; alpha?: number; power?: number }): number | undefined {
  const { replicates, comparisons, alpha = 0.05, power: wanted = 0.8 } = o;
  const smallest = smallestAttainableP(replicates, comparisons);
  if (smallest > alpha || replicates < 2) return undefined;
  if (replicates > LARGEST_COMPUTED) return detectableEffect({ ...o, replicates: LARGEST_COMPUTED })! * Math.sqrt(LARGEST_COMPUTED / replicates);
  const rank = Math.floor(alpha / smallest + 1e-9);
  const powerAt = (dz: number): number =>
    rank <= 3 ? fewArrangementsPower(dz, replicates, rank) : pairedTPower({ dz, replicates, alpha: alpha / comparisons });
  let low = 0;
  let high = 1;
  while (powerAt(high) < wanted) high *= 2;
  for (let k = 0; k < 40; k++) {
    const middle = (low + high) / 2;
    if (powerAt(middle) < wanted) low = middle;
    else high = middle;
  }
  return high;
}
