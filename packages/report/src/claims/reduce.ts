import type { Claim } from "@allot/spec";
import { mean, median, pairedCorrelation, pairedT, percentileInterval, proportion, proportionDifference, welchInterval } from "@allot/stats";

/** The values that a claim is about, by replicate; where two arms are paired, those at one position share their seed. All finite. */
export interface Sides {
  readonly first: readonly number[];
  readonly second: readonly number[] | undefined;
}

/** What is compared with the margin: `reduce(first) − factor · reduce(second)`, with its 95 % interval; null where there are too few values for one. */
export interface Reduced {
  readonly value: number;
  readonly interval: { readonly low: number; readonly high: number } | null;
}

/** Below it even the range of the values holds a median less than 95 times of 100. */
const MEDIAN_REPLICATES = 6;

type Reduction = (sides: Sides, claim: Claim, random: () => number) => Reduced;

/** One definition a reduction; `every` has none, as it looks at each replicate by itself. */
export const reductions: Readonly<Record<Exclude<Claim["reduce"], "every">, Reduction>> = {
  mean({ first, second }, { factor = 1, paired }) {
    if (second === undefined) return { value: mean(first), interval: bounds(pairedT(first)) };
    const scaled = second.map((value) => factor * value);
    const value = mean(first) - mean(scaled);
    if (!paired) return { value, interval: bounds(welchInterval(first, scaled)) };
    return { value, interval: bounds(pairedT(first.map((a, i) => a - scaled[i]!))) };
  },
  median({ first, second }, { factor = 1, paired }, random) {
    const value = median(first) - (second === undefined ? 0 : factor * median(second));
    if (Math.min(first.length, second?.length ?? Number.POSITIVE_INFINITY) < MEDIAN_REPLICATES) return { value, interval: null };
    const statistic = ([own, other = own]: readonly Uint32Array[]): number =>
      medianAt(first, own!) - (second === undefined ? 0 : factor * medianAt(second, other!));
    const sizes = second === undefined || paired ? [first.length] : [first.length, second.length];
    return { value, interval: percentileInterval({ sizes, statistic, random }) };
  },
  rate({ first, second }, { factor = 1, paired }) {
    if (second === undefined) return estimated(proportion(first));
    const correlation = paired ? pairedCorrelation(first, second) : 0;
    return estimated(proportionDifference(proportion(first), proportion(second), { factor, correlation }));
  },
};

function medianAt(values: readonly number[], positions: Uint32Array): number {
  return median(Float64Array.from(positions, (i) => values[i]!));
}

function estimated({ value, low, high }: { value: number; low: number; high: number }): Reduced {
  return { value, interval: { low, high } };
}

function bounds(interval: { low: number; high: number } | undefined): Reduced["interval"] {
  return interval === undefined ? null : { low: interval.low, high: interval.high };
}

/** What an interval of a reduction needs, for a person who has less. */
export const needed: Readonly<Record<Exclude<Claim["reduce"], "every">, number>> = { mean: 2, median: MEDIAN_REPLICATES, rate: 1 };
