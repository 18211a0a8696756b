import type { TrialState } from "@allot/ledger";

/** Trials by state; they always add up to the sweep's total. */
export type Counts = Record<TrialState, number>;

/** Trials that ended, however they ended. */
export const endedOf = (counts: Counts): number => counts.Succeeded + counts.Pruned + counts.Failed;

/** Whether every trial ended and none was counted twice. */
export const isComplete = (counts: Counts, total: number): boolean => endedOf(counts) === total && counts.Pending === 0 && counts.Running === 0;
