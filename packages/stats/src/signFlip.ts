/** Result of a two-sided sign-flip (permutation) test of paired differences. */
export interface SignFlip {
  readonly p: number;
  /** True when every arrangement was counted. */
  readonly exact: boolean;
  /** 2^n arrangements counted (n non-zero differences), or how many were drawn. */
  readonly arrangements: number;
  /** Monte-Carlo standard error of p; 0 when exact. */
  readonly standardError: number;
}

const EXACT_PAIRS = 40;
const DRAWS = 1 << 17;

/** All 2^n signed sums of the values, ascending. */
function signedSums(values: readonly number[]): Float64Array {
  const sums = new Float64Array(2 ** values.length);
  let filled = 1;
  for (const value of values) {
    for (let i = filled - 1; i >= 0; i--) {
      const base = sums[i]!;
      sums[i] = base - value;
      sums[i + filled] = base + value;
    }
    filled *= 2;
  }
  return sums.sort();
}

/** Pairs (a, b) with a + b >= bound, of two ascending arrays. */
function countAtLeast(first: Float64Array, second: Float64Array, bound: number): number {
  let count = 0;
  let j = second.length;
  for (const a of first) {
    while (j > 0 && a + second[j - 1]! >= bound) j--;
    count += second.length - j;
  }
  return count;
}

/**
 * P(|mean of sign-flipped differences| >= |observed mean|) when the sign of every difference is as likely as its opposite
 * (Fisher 1935; Pitman 1937): exact for any symmetric distribution, no normality needed. Ties within rounding count as reached.
 *
 * Up to 40 non-zero differences every one of the 2^n arrangements is counted: both halves of the pairs are enumerated (at most 2^20 sums each) and merged.
 * Beyond, 2^17 arrangements are drawn from `random` (uniform in [0, 1)) and p = (1 + reached) / (1 + drawn), which keeps the test valid
 * (Phipson and Smyth 2010). Throws RangeError beyond 40 without a generator; p is 1 of nothing.
 */
export function signFlipTest(differences: readonly number[], random?: () => number): SignFlip {
  // A zero is the same under either sign: without it every other arrangement keeps its share.
  return testNonZero(
    differences.filter((difference) => difference !== 0),
    random,
  );
}

function testNonZero(differences: readonly number[], random: (() => number) | undefined): SignFlip {
  const n = differences.length;
  const scale = differences.reduce((total, d) => total + Math.abs(d), 0);
  const bound = Math.abs(differences.reduce((total, d) => total + d, 0)) - 1e-12 * scale;
  if (n <= EXACT_PAIRS) {
    const arrangements = 2 ** n;
    if (bound <= 0) return { p: 1, exact: true, arrangements, standardError: 0 };
    const half = n >> 1;
    const reached = countAtLeast(signedSums(differences.slice(0, half)), signedSums(differences.slice(half)), bound);
    return { p: Math.min(1, (2 * reached) / arrangements), exact: true, arrangements, standardError: 0 };
  }
  if (random === undefined) throw new RangeError(`a sign-flip test of ${n} pairs draws its arrangements: give a generator`);
  let reached = 0;
  for (let draw = 0; draw < DRAWS; draw++) {
    let total = 0;
    for (const d of differences) total += random() < 0.5 ? d : -d;
    if (Math.abs(total) >= bound) reached++;
  }
  const p = (1 + reached) / (1 + DRAWS);
  return { p, exact: false, arrangements: DRAWS, standardError: Math.sqrt((p * (1 - p)) / DRAWS) };
}
