/** A cost, or why a value has none. */
type Costed = number | { readonly impossible: string };

export type Found =
  | { readonly kind: "within"; readonly value: number }
  /** The smallest value costs more, or the largest possible one less: which value, and what it costs. */
  | { readonly kind: "above" | "below"; readonly value: number; readonly cost: number }
  /** The cost is the same whatever the number. */
  | { readonly kind: "constant"; readonly cost: number }
  | { readonly kind: "invalid"; readonly impossible: string };

const largest = 2 ** 31 - 1;
/** A cost that has not moved up to here does not depend on the number. */
const farEnough = 2 ** 16;

/**
 * The largest whole number from 1 on whose cost does not exceed the budget, where cost rises with the number: by
 * doubling, then by bisection, in O(log value) costs. A number above 1 that has no cost is taken for too large.
 */
export function largestWithin(budget: number, costAt: (value: number) => Costed): Found {
  const least = costAt(1);
  if (typeof least !== "number") return { kind: "invalid", ...least };
  if (least > budget) return { kind: "above", value: 1, cost: least };
  let [value, cost] = [1, least];
  let beyond: { readonly value: number; readonly possible: boolean } = { value: largest + 1, possible: false };
  for (let step = 1; beyond.value - value > 1; step *= 2) {
    const next = beyond.value <= largest ? Math.floor((value + beyond.value) / 2) : Math.min(value + step, largest);
    const costed = costAt(next);
    if (costed === least && next >= farEnough) return { kind: "constant", cost: least };
    if (typeof costed === "number" && costed <= budget) [value, cost] = [next, costed];
    else beyond = { value: next, possible: typeof costed === "number" };
  }
  // Nothing larger is possible: only all of the budget will do.
  return beyond.possible || cost === budget ? { kind: "within", value } : { kind: "below", value, cost };
}
