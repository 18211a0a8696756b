import type { AllocationRule } from "@allot/spec";

/** What an effective tensor is made of. */
export type Form = { readonly strategy: "full" | "frozen" | "rowScale" | "colScale" } | { readonly strategy: "lowRank" | "mixRandom"; readonly rank: number };

const strategies: readonly string[] = ["full", "frozen", "rowScale", "colScale", "lowRank", "mixRandom"] satisfies Form["strategy"][];

const isForm = (rule: AllocationRule): rule is Extract<AllocationRule, Form> => strategies.includes(rule.strategy);

/** Whether the rule trains some entries, chosen by a mask. */
export const isMask = (rule: AllocationRule): boolean => !isForm(rule);

/** What a rule makes its tensors of; a mask leaves them as they are. */
export const formOf = (rule: AllocationRule): Form => (isForm(rule) ? rule : { strategy: "full" });
