import { type Claim, canonicalJson } from "@allot/spec";
import type { ArmContext } from "../arms.ts";
import { generator, type Reader, replicateValues, sharedValues } from "../comparison.ts";
import { plural } from "../format.ts";
import type { BlockSelection } from "../selection.ts";
import type { ArmSummary, ClaimVerdict } from "../summary.ts";
import { judge } from "./judge.ts";
import { statementOf } from "./statement.ts";

/** Every claim of the sweep with its verdict. Arms are read at the tuned values that they chose, as in all comparisons. */
export function claimsOf(context: ArmContext, arms: readonly ArmSummary[]): ClaimVerdict[] {
  const { expansion, selections, tally } = context;
  return expansion.sweep.spec.claims.map((claim, index) => {
    const places = expansion.claimed[index]!;
    const claimed = places.filter((arm) => arm !== undefined);
    const about = {
      id: claim.id,
      statement: statementOf(
        claim,
        places.map((arm, side) => (arm === undefined ? written(claim.arms[side]!) : arms[arm]!.label)),
      ),
      metric: claim.metric,
      reduce: claim.reduce,
      arms: claimed,
      margin: claim.margin,
    };
    if (claimed.length < places.length) return { ...about, ...notTrained };
    const [first, second] = claimed.map((arm) => selections.get(arm)!);
    const read = readerOf(claim.metric, context);
    const values = second === undefined ? [replicateValues(first!, read)] : sharedValues(first!, second, read);
    const seed = canonicalJson([expansion.sweep.metadata.name, "claim", claim.id]);
    const evidence = { first: values[0]!, second: values[1], missing: missing(values, [first!, second], tally), random: generator(seed) };
    return { ...about, ...judge(claim, evidence) };
  });
}

/** An arm as its claim has it. */
const written = (arm: Claim["arms"][number]): string => {
  const labels = Object.entries(arm).map(([name, label]) => `${name}=${typeof label === "string" ? label : JSON.stringify(label)}`);
  return labels.length === 0 ? "the baseline" : labels.join(", ");
};

const notTrained = {
  verdict: "undecided",
  value: null,
  interval: null,
  replicates: 0,
  reason: "an arm of it did not go on to the last stage",
} as const;

/** Sizes and results, or what was measured of a trial. */
function readerOf(metric: string, { tally }: ArmContext): Reader {
  return tally.metrics.includes(metric) ? (trial) => tally.value(metric, trial) : (trial) => tally.measuredValue(metric, trial);
}

/** How many replicates have no value on some side, and what became of their trials; empty of none. */
function missing(values: readonly (readonly number[])[], sides: readonly (readonly BlockSelection[] | undefined)[], tally: ArmContext["tally"]): string {
  const gaps = values[0]!.flatMap((_, r) => (values.every((side) => Number.isFinite(side[r])) ? [] : [r]));
  if (gaps.length === 0) return "";
  const counts = { failed: 0, pruned: 0, pending: 0 };
  for (const r of gaps) {
    const states = sides.flatMap((blocks) => (blocks ?? []).map(({ trialOf }) => tally.counts(trialOf[r]!, 1)));
    const state = (["pending", "failed", "pruned"] as const).find((name) => states.some((of) => of[name] > 0));
    if (state) counts[state]++;
  }
  const known = Object.entries(counts).flatMap(([state, count]) => (count > 0 ? [`${count} ${state}`] : []));
  const others = gaps.length - counts.failed - counts.pruned - counts.pending;
  const parts = others > 0 ? [...known, `${others} without a finite one`] : known;
  return `${plural(gaps.length, "replicate")} of ${values[0]!.length} ${gaps.length === 1 ? "has" : "have"} no value (${parts.join(", ")})`;
}
