import { ALPHA } from "./comparison.ts";
import { equation, fixed, plural, probability, suffixOf, unitOf, withSpread } from "./format.ts";
import type { ArmSummary, Comparison, Reach } from "./summary.ts";

/** What a sentence about one arm is made of. */
export interface FindingContext {
  readonly arm: Pick<ArmSummary, "label" | "metrics">;
  readonly control: Pick<ArmSummary, "label" | "metrics">;
  readonly comparison: Comparison;
  readonly metric: string;
  readonly reach: Reach;
}

/** The headline comparison of an arm as one sentence. It claims a difference only where the corrected exact p does. */
export function findingOf({ arm, control, comparison, metric, reach }: FindingContext): string {
  const { verdict, pairs, missing, difference, withinNoise } = comparison;
  const noise = withinNoise ? " The mean difference lies within the noise floor." : "";
  const gaps = `${noise}${missing > 0 ? ` ${plural(missing, "replicate")} of ${pairs + missing} could not be paired.` : ""}`;
  if (difference === null) return `${arm.label} can't be compared with ${control.label}: no replicate has both values.`;
  if (verdict === "same") return `${arm.label} equals ${control.label} on every replicate${budget(arm, control)}.`;
  const size = amount(comparison, metric);
  if (verdict !== "undecided") {
    const side = difference > 0 ? "above" : "below";
    return `${arm.label} is ${size} ${side} ${control.label}${budget(arm, control)} (corrected ${equation(comparison.correctedP)}).${gaps}`;
  }
  const needed = reach.replicatesNeeded ?? 0;
  if (pairs < needed) {
    return `${arm.label} against ${control.label}${budget(arm, control)}: ${signed(comparison, metric)} over ${plural(pairs, "replicate")}, too few for a claim (${needed} needed).${gaps}`;
  }
  return `${arm.label} can't be told apart from ${control.label}${budget(arm, control)}: ${signed(comparison, metric)} (corrected ${equation(comparison.correctedP)}).${gaps}`;
}

/** `undecided`; `undecided, within noise`. */
export function verdictText({ verdict, withinNoise }: Comparison): string {
  return withinNoise ? `${verdict}, within noise` : verdict;
}

/** Half of the interval's width, or null where there is no interval. */
export function halfWidth({ interval }: Comparison): number | null {
  return interval === null ? null : (interval.high - interval.low) / 2;
}

function amount(comparison: Comparison, metric: string): string {
  const text = withSpread(metric, Math.abs(comparison.difference ?? 0), halfWidth(comparison));
  return `${text}${suffixOf(metric, true)}`;
}

/** `−0.1 ± 0.4 points`. */
export function signed(comparison: Comparison, metric: string): string {
  const text = withSpread(metric, comparison.difference ?? 0, halfWidth(comparison));
  return `${(comparison.difference ?? 0) > 0 ? "+" : ""}${text}${suffixOf(metric, true)}`;
}

function budget(arm: FindingContext["arm"], control: FindingContext["control"]): string {
  const own = arm.metrics["learnableParameters"]?.mean ?? 0;
  const other = control.metrics["learnableParameters"]?.mean ?? 0;
  if (own === 0 || other === 0) return "";
  const ratio = own / other;
  if (ratio === 1) return " with as many learnable parameters";
  if (ratio >= 2) return ` with ${Number(ratio.toPrecision(2))} times its learnable parameters`;
  return ` with ${Number((100 * ratio).toPrecision(2))} % of its learnable parameters`;
}

/** Opening sentences: how the comparisons ended, and whether they could have ended otherwise. */
export function overview(arms: readonly ArmSummary[], headline: string, replicates: number): string[] {
  const compared = arms.filter(({ control }) => control !== null);
  if (compared.length === 0) {
    return ["Every arm is its own control (the baseline fixes no factor), so nothing is compared; the table shows each arm by itself."];
  }
  const verdicts = compared.map(({ comparisons }) => comparisons[headline]?.verdict ?? "undecided");
  const count = (verdict: string): number => verdicts.filter((other) => other === verdict).length;
  const controls = new Set(compared.map(({ control }) => control));
  const against = controls.size === 1 ? arms.find(({ index }) => controls.has(index))?.label : "their controls";
  const parts = (["better", "worse", "same", "undecided"] as const).flatMap((verdict) =>
    count(verdict) === 0 ? [] : [`${fixed(count(verdict), 0)} ${verdict === "same" ? "the same on every replicate" : verdict}`],
  );
  const measure = unitOf(headline) === "share" ? `${headline} (in per cent)` : headline;
  return [`Of ${plural(compared.length, "arm")} compared with ${against} on ${measure} over ${plural(replicates, "replicate")}: ${parts.join(", ")}.`];
}

/** Whether a claim is within reach at all. */
export function reachSentence(reach: Reach, replicates: number): string {
  const { comparisons, smallestP, replicatesNeeded, detectable } = reach;
  if (smallestP === null || replicatesNeeded === null) return "";
  const counts = `${plural(comparisons, "comparison")} and ${plural(replicates, "replicate")}`;
  if (smallestP > ALPHA) {
    return `With ${counts} the smallest corrected p is ${probability(smallestP)}: no claim can be made at ${ALPHA}. ${replicatesNeeded} replicates are needed.`;
  }
  const effect =
    detectable === null
      ? ""
      : `, and a true difference of ${fixed(detectable, 1)} standard deviations of the paired differences is found with 80 % probability`;
  return `With ${counts} the smallest corrected p is ${probability(smallestP)} (a claim at ${ALPHA} needs ${replicatesNeeded} replicates)${effect}.`;
}
