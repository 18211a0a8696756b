/**
 * Holm's step-down correction (Holm 1979): the k-th smallest of m p-values is multiplied by m - k + 1, never falls below the one
 * before it, never exceeds 1. Answers are in the order of the input.
 */
export function holm(ps: readonly number[]): number[] {
  const order = ps.map((_, i) => i).sort((i, j) => ps[i]! - ps[j]! || i - j);
  const corrected = ps.slice();
  let floor = 0;
  order.forEach((i, rank) => {
    floor = Math.max(floor, Math.min(1, ps[i]! * (ps.length - rank)));
    corrected[i] = floor;
  });
  return corrected;
}

/** Smallest Holm-corrected p an exact two-sided sign-flip test of n replicates can give the clearest of m comparisons: m * 2 / 2^n, at most 1. */
export function smallestAttainableP(replicates: number, comparisons: number): number {
  return Math.min(1, (comparisons * 2) / 2 ** replicates);
}

/** Replicates before a corrected exact p can reach alpha: the least n with m * 2 / 2^n <= alpha, that is ceil(1 + log2(m / alpha)). */
export function replicatesNeeded(comparisons: number, alpha = 0.05): number {
  let replicates = 1;
  while (smallestAttainableP(replicates, comparisons) > alpha) replicates++;
  return replicates;
}
