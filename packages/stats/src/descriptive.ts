/** Sum with Neumaier's compensation: the order of a few values no longer shows in the digits a table prints. */
function sum(values: readonly number[]): number {
  let total = 0;
  let lost = 0;
  for (const value of values) {
    const next = total + value;
    lost += Math.abs(total) >= Math.abs(value) ? total - next + value : value - next + total;
    total = next;
  }
  return total + lost;
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Sample standard deviation (divisor n - 1), in the unit of the values; NaN below two values, exactly 0 when all are equal. */
export function sampleStd(values: readonly number[]): number {
  if (values.length < 2) return Number.NaN;
  if (values.every((value) => value === values[0])) return 0;
  const centre = mean(values);
  return Math.sqrt(sum(values.map((value) => (value - centre) * (value - centre))) / (values.length - 1));
}

/**
 * `first[i] - second[i]` where both are finite, with how many pairs had to be left out.
 * Replicate i of both must come from the same seed. Throws RangeError when the lengths differ.
 */
export function pairedDifferences(first: ArrayLike<number>, second: ArrayLike<number>): { differences: number[]; missing: number } {
  if (first.length !== second.length) throw new RangeError(`pairs need equal lengths, got ${first.length} and ${second.length}`);
  const differences: number[] = [];
  for (let i = 0; i < first.length; i++) {
    const difference = first[i]! - second[i]!;
    if (Number.isFinite(difference)) differences.push(difference);
  }
  return { differences, missing: first.length - differences.length };
}

/** Cohen's d_z, the mean difference in standard deviations of the differences; infinite when they don't vary, NaN below two pairs. */
export function cohensDz(differences: readonly number[]): number {
  const spread = sampleStd(differences);
  const centre = mean(differences);
  return spread === 0 && centre === 0 ? 0 : centre / spread;
}

/** The q-quantile (0 to 1) of ascending values by linear interpolation (Hyndman and Fan 1996, type 7). */
export function quantile(sorted: ArrayLike<number>, q: number): number {
  const position = q * (sorted.length - 1);
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (position - below) * (high - low);
}

/** Middle value, or the mean of the two in the middle; NaN of nothing. */
export function median(values: ArrayLike<number>): number {
  return values.length === 0 ? Number.NaN : quantile(Float64Array.from(values).sort(), 0.5);
}
