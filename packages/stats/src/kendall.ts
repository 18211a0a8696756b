import type { BootstrapOptions } from "./bootstrap.ts";
import { quantile } from "./descriptive.ts";

/**
 * Kendall's τ-b of two rankings of the same things, −1 … 1, corrected for ties (Kendall 1945): concordant minus discordant pairs over
 * √(pairs not tied in the first · pairs not tied in the second). NaN where one of them ranks nothing apart, or a value is NaN.
 */
export function kendallTau(first: readonly number[], second: readonly number[]): number {
  if (first.length !== second.length) throw new RangeError(`rankings need equal lengths, got ${first.length} and ${second.length}`);
  let [agreement, apartInFirst, apartInSecond] = [0, 0, 0];
  for (let i = 0; i < first.length; i++) {
    for (let j = 0; j < i; j++) {
      const a = Math.sign(first[i]! - first[j]!);
      const b = Math.sign(second[i]! - second[j]!);
      agreement += a * b;
      apartInFirst += a * a;
      apartInSecond += b * b;
    }
  }
  return agreement / Math.sqrt(apartInFirst * apartInSecond);
}

/**
 * Percentile bootstrap interval of τ-b between the means of things measured twice: replicates are drawn with replacement, the same ones
 * for every thing and both times. What has no value (NaN) is left out of a mean, and a draw that leaves τ undefined out of the interval.
 * @param first by thing, one value a replicate; `second` likewise, with replicate r of both from the same seed.
 * @returns undefined below two replicates, or where no draw defines τ.
 */
export function kendallInterval(
  first: readonly (readonly number[])[],
  second: readonly (readonly number[])[],
  { random, level = 0.95, resamples = 2000 }: BootstrapOptions,
): { low: number; high: number } | undefined {
  const replicates = first[0]?.length ?? 0;
  if (replicates < 2) return undefined;
  const taus: number[] = [];
  for (let draw = 0; draw < resamples; draw++) {
    const drawn = Array.from({ length: replicates }, () => Math.floor(random() * replicates));
    const tau = kendallTau(
      first.map((values) => meanOf(values, drawn)),
      second.map((values) => meanOf(values, drawn)),
    );
    if (!Number.isNaN(tau)) taus.push(tau);
  }
  if (taus.length === 0) return undefined;
  taus.sort((a, b) => a - b);
  return { low: quantile(taus, (1 - level) / 2), high: quantile(taus, (1 + level) / 2) };
}

function meanOf(values: readonly number[], drawn: readonly number[]): number {
  let [sum, count] = [0, 0];
  for (const at of drawn) {
    const value = values[at]!;
    if (Number.isNaN(value)) continue;
    sum += value;
    count++;
  }
  return sum / count;
}
