import type { AllocationRule } from "@allot/spec";

/** A product of factors; `first` and `last` say whether its tensor is at an end of its scope. */
export interface FactorForm {
  readonly strategy: "factor";
  readonly rank: number;
  readonly multiplier: number;
  readonly first: boolean;
  readonly last: boolean;
}

/** What an effective tensor is made of. */
export type Form =
  | { readonly strategy: "full" | "frozen" | "rowScale" | "colScale" }
  | { readonly strategy: "lowRank" | "mixRandom"; readonly rank: number }
  | FactorForm;

const strategies: readonly string[] = ["full", "frozen", "rowScale", "colScale", "lowRank", "mixRandom", "factor"] satisfies Form["strategy"][];

const isForm = (rule: AllocationRule): rule is Extract<AllocationRule, { strategy: Form["strategy"] }> => strategies.includes(rule.strategy);

/** Whether the rule trains some entries, chosen by a mask. */
export const isMask = (rule: AllocationRule): boolean => !isForm(rule);

/** What a rule makes of a tensor at that place in its scope; a mask leaves it as it is, or is over what it says. */
export const formOf = (rule: AllocationRule, place: { readonly first: boolean; readonly last: boolean }): Form => {
  const made = isForm(rule) ? rule : rule.over;
  return made === undefined ? { strategy: "full" } : { ...made, ...place };
};
