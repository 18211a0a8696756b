import { type Plan, packAt } from "@allot/expansion";
import { type Outcome, readOutcomes } from "@allot/ledger";
import { readPlan } from "@allot/stages";
import type { SweepFolder } from "../folder.ts";

/** A trial that has ended, and the lane that sealed it. */
export interface SealedTrial {
  readonly outcome: Outcome;
  readonly lane: string;
}

/** What the store has of a trial; undefined while its pack has no seal. */
export const sealedTrial = async ({ store, ledger }: SweepFolder, trial: number, { signal }: { signal: AbortSignal }): Promise<SealedTrial | undefined> => {
  const plan = await readPlan(store, { signal });
  if (!plan) return undefined;
  const { pack, name, first } = packOf(plan, trial);
  if (!ledger.sealed(pack)) return undefined;
  const { outcomes, attempt } = await readOutcomes(store, name, { signal });
  const outcome = outcomes[trial - first];
  return outcome && { outcome, lane: attempt.lane };
};

/** Packs are in the order of their trials. */
const packOf = (plan: Plan, trial: number): ReturnType<typeof packAt> => {
  let [low, high] = [0, plan.packs - 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (packAt(plan, middle).last < trial) low = middle + 1;
    else high = middle;
  }
  return packAt(plan, low);
};
