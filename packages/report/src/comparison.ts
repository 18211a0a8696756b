import { sha256 } from "@allot/spec";
import { bootstrapInterval, cohensDz, holm, mean, pairedDifferences, pairedT, resamplingGenerator, sampleStd, signFlipTest } from "@allot/stats";
import type { BlockSelection } from "./selection.ts";
import type { Comparison, Spread, Verdict } from "./summary.ts";

/** Level below which a corrected exact p decides. */
export const ALPHA = 0.05;

/** Value of one trial; NaN where there is none. */
export type Reader = (trial: number) => number;

/** One value a replicate: the mean over blocks, NaN where any block has none. */
export function replicateValues(blocks: readonly BlockSelection[], read: Reader): number[] {
  const replicates = blocks[0]?.trialOf.length ?? 0;
  return Array.from({ length: replicates }, (_, r) => mean(blocks.map((block) => read(block.trialOf[r]!))));
}

/** Values of two arms by replicate: within equal blocked values, averaged over the blocks both have. */
export function sharedValues(arm: readonly BlockSelection[], other: readonly BlockSelection[], read: Reader): [number[], number[]] {
  const others = new Map(other.map((block) => [block.key, block]));
  const shared = arm.filter((block) => others.has(block.key));
  const counterparts = shared.map((block) => others.get(block.key)!);
  return [replicateValues(shared, read), replicateValues(counterparts, read)];
}

/** Arm minus control by replicate. */
export function replicateDifferences(arm: readonly BlockSelection[], control: readonly BlockSelection[], read: Reader): number[] {
  const [first, second] = sharedValues(arm, control, read);
  return first.map((value, r) => value - second[r]!);
}

/** Mean ± sample std of the finite values. */
export function spread(values: readonly number[]): Spread {
  const finite = values.filter((value) => Number.isFinite(value));
  return { mean: orNull(mean(finite)), std: orNull(sampleStd(finite)), replicates: finite.length };
}

/** A comparison before it is corrected for the others. */
export type OpenComparison = Omit<Comparison, "correctedP" | "verdict">;

/** How to compare. */
export interface CompareOptions {
  /** Names the draws of resampling. */
  readonly seed: string;
  /** Asks for a BCa interval. */
  readonly bootstrap: boolean;
  /** The noise floor; 0 where there is none. */
  readonly floor: number;
}

/** Tests the differences by replicate; NaN counts as a missing pair. */
export function compare(byReplicate: readonly number[], { seed, bootstrap, floor }: CompareOptions): OpenComparison {
  const { differences, missing } = pairedDifferences(
    byReplicate,
    byReplicate.map(() => 0),
  );
  const pairs = differences.length;
  const t = pairedT(differences);
  const test = pairs === 0 ? undefined : signFlipTest(differences, generator(seed));
  const interval = bootstrap ? bootstrapInterval(differences, { random: generator(seed) }) : undefined;
  const difference = orNull(mean(differences));
  return {
    pairs,
    missing,
    difference,
    std: orNull(sampleStd(differences)),
    interval: t === undefined ? null : { low: t.low, high: t.high },
    bootstrap: interval ?? null,
    p: test?.p ?? null,
    exact: test?.exact ?? true,
    standardError: test?.standardError ?? 0,
    tP: t?.p ?? null,
    dz: orNull(cohensDz(differences)),
    withinNoise: floor > 0 && difference !== null && Math.abs(difference) <= floor,
  };
}

/** Holm over all comparisons of one metric (one that could not be tested counts as p = 1), and what each then says. */
export function decide(open: readonly OpenComparison[], direction: "maximize" | "minimize"): Comparison[] {
  const corrected = holm(open.map(({ p }) => p ?? 1));
  return open.map((comparison, i) => {
    const correctedP = comparison.p === null ? null : corrected[i]!;
    return { ...comparison, correctedP, verdict: verdict({ ...comparison, correctedP }, direction) };
  });
}

function verdict({ difference, std, missing, correctedP }: Omit<Comparison, "verdict">, direction: "maximize" | "minimize"): Verdict {
  if (difference === 0 && std === 0 && missing === 0) return "same";
  if (difference === null || correctedP === null || correctedP > ALPHA) return "undecided";
  return difference > 0 === (direction === "minimize") ? "worse" : "better";
}

/** The draws that a name stands for: the same in every report of the same sweep. */
export function generator(seed: string): () => number {
  const digest = sha256(seed);
  const word = (i: number): number => Number.parseInt(digest.slice(8 * i, 8 * i + 8), 16);
  return resamplingGenerator([word(0), word(1), word(2), word(3)]);
}

function orNull(value: number): number | null {
  return Number.isFinite(value) ? value : null;
}
