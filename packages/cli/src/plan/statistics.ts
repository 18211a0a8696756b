import type { Expansion } from "@allot/expansion";
import { detectableEffect, replicatesNeeded, smallestAttainableP } from "@allot/stats";

/** What the sweep's replicates can show at best. */
export interface Reachable {
  readonly replicates: number;
  /** Arms that are compared with a control. */
  readonly comparisons: number;
  /** Smallest p an exact sign-flip test can give the clearest comparison after Holm's correction. */
  readonly smallestCorrectedP: number;
  /** Replicates before that p can reach .05. */
  readonly replicatesNeeded: number;
  /** Standardised paired effect found with 80 % power; undefined where no p can be small enough. */
  readonly detectableEffect: number | undefined;
}

/** Beyond this many arms comparisons are not counted one by one: the baseline's own arm is all that is taken off. */
const counted = 20_000;

const comparisonsOf = (expansion: Expansion): number => {
  const { arms } = expansion;
  if (arms > counted) return arms - 1;
  let comparisons = 0;
  for (let arm = 0; arm < arms; arm++) if (expansion.controlOf(arm) !== arm) comparisons++;
  return comparisons;
};

/** undefined where nothing is compared: a single arm, or all arms their own control. */
export const reachable = (expansion: Expansion): Reachable | undefined => {
  // Of the last stage: no more arms than the fewest that are asked for come to it, beside those they are compared with.
  const tops = expansion.sweep.spec.stages.flatMap(({ keep }) => keep?.top ?? []);
  const comparisons = Math.min(comparisonsOf(expansion), ...tops);
  if (comparisons === 0) return undefined;
  const { replicates } = expansion;
  return {
    replicates,
    comparisons,
    smallestCorrectedP: smallestAttainableP(replicates, comparisons),
    replicatesNeeded: replicatesNeeded(comparisons),
    detectableEffect: detectableEffect({ replicates, comparisons }),
  };
};
