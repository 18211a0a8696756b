import { mean, quantile } from "./descriptive.ts";
import { normalCdf, normalQuantile } from "./normal.ts";

/** What to resample and how: `random` is uniform in [0, 1). */
export interface BootstrapOptions {
  readonly random: () => number;
  /** Confidence, default 0.95. */
  readonly level?: number;
  /** Default 2,000. */
  readonly resamples?: number;
}

/**
 * Bias-corrected and accelerated bootstrap interval of the mean (Efron 1987). Undefined below two values; a point when all are equal.
 * With fewer than about 15 values it is known to be too short: show it beside an interval of the t distribution, not instead.
 */
export function bootstrapInterval(values: readonly number[], options: BootstrapOptions): { low: number; high: number } | undefined {
  const { random, level = 0.95, resamples = 2000 } = options;
  const n = values.length;
  if (n < 2) return undefined;
  const [first] = values;
  if (first !== undefined && values.every((value) => value === first)) return { low: first, high: first };
  const centre = mean(values);
  const means = new Float64Array(resamples);
  for (let b = 0; b < resamples; b++) {
    let total = 0;
    for (let i = 0; i < n; i++) total += values[Math.floor(random() * n)]!;
    means[b] = total / n;
  }
  means.sort();
  const bias = normalQuantile(shareBelow(means, centre));
  const acceleration = jackknifeAcceleration(values, centre);
  const edge = (z: number): number => quantile(means, normalCdf(bias + (bias + z) / (1 - acceleration * (bias + z))));
  const z = normalQuantile((1 - level) / 2);
  return { low: edge(z), high: edge(-z) };
}

/** Share of the means below the centre, ties counted half, kept off 0 and 1. */
function shareBelow(means: Float64Array, centre: number): number {
  let below = 0;
  for (const value of means) below += value < centre ? 1 : value === centre ? 0.5 : 0;
  return Math.min(means.length - 0.5, Math.max(0.5, below)) / means.length;
}

/** Efron 1987, equation 6.6: for the mean, leave-one-out means differ from the centre by (centre - x_i) / (n - 1). */
function jackknifeAcceleration(values: readonly number[], centre: number): number {
  let squares = 0;
  let cubes = 0;
  for (const value of values) {
    const away = value - centre;
    squares += away * away;
    cubes += away * away * away;
  }
  return cubes / (6 * squares * Math.sqrt(squares));
}
