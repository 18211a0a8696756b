import type { BootstrapOptions } from "./bootstrap.ts";
import { quantile } from "./descriptive.ts";

/** What is computed of each resample: positions of one sample, or of each of several that are resampled by themselves. */
export interface Resampled extends BootstrapOptions {
  /** How many there are in each sample. */
  readonly sizes: readonly number[];
  readonly statistic: (positions: readonly Uint32Array[]) => number;
}

/**
 * Percentile bootstrap interval of any statistic (Efron and Tibshirani 1993, chapter 13). It keeps its meaning under any monotonic change of
 * unit and needs no estimate of a derivative, which a median does not have; with few values it is too short.
 */
export function percentileInterval({ sizes, statistic, random, level = 0.95, resamples = 2000 }: Resampled): { low: number; high: number } {
  const positions = sizes.map((size) => new Uint32Array(size));
  const values = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    for (const sample of positions) for (let i = 0; i < sample.length; i++) sample[i] = Math.floor(random() * sample.length);
    values[b] = statistic(positions);
  }
  values.sort();
  return { low: quantile(values, (1 - level) / 2), high: quantile(values, (1 + level) / 2) };
}
