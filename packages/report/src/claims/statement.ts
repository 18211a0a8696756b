import type { Claim } from "@allot/spec";
import { scaleOf, suffixOf, tickText } from "../format.ts";

const signs: Readonly<Record<Claim["comparator"], string>> = { ">": ">", ">=": "≥", "<": "<", "<=": "≤", "==": "=" };

/** `mean test.accuracy: half (width 50) ≥ full (width 50) − 15 points`. */
export function statementOf({ metric, reduce, comparator, factor, margin, tolerance }: Claim, labels: readonly string[]): string {
  const [first, second] = labels;
  const sign = signs[comparator];
  const within = tolerance === undefined || tolerance === 0 ? "" : ` ± ${amount(metric, tolerance, second !== undefined)}`;
  if (second === undefined) return `${reduce} ${metric}: ${first} ${sign} ${amount(metric, margin, false)}${within}`;
  const scaled = factor === undefined ? second : `${factor} · ${second}`;
  const moved = margin === 0 ? "" : ` ${margin < 0 ? "−" : "+"} ${amount(metric, Math.abs(margin), true)}`;
  return `${reduce} ${metric}: ${first} ${sign} ${scaled}${moved}${within}`;
}

/** A number of the manifest in the unit the report writes, with all digits that a person gave. */
function amount(metric: string, value: number, difference: boolean): string {
  return `${tickText(scaleOf(metric) * value)}${suffixOf(metric, difference)}`;
}
