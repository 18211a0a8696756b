import type { Expansion } from "@allot/expansion";
import { canonicalJson } from "@allot/spec";
import type { Decision } from "@allot/stages";
import { kendallInterval, kendallTau, mean } from "@allot/stats";
import { labelOf } from "./arms.ts";
import { generator } from "./comparison.ts";
import { plural } from "./format.ts";
import { selectArm } from "./selection.ts";
import type { Agreement, Screening } from "./summary.ts";
import type { Tally } from "./tally.ts";

/** What screenings are read from: a tally for each stage that has begun. */
export interface ScreeningContext {
  /** Of the sweep. */
  readonly expansion: Expansion;
  readonly decisions: readonly Decision[];
  readonly tallies: readonly Tally[];
}

/** Every stage that was decided: how its arms were ranked, which went on, and whether the next stage ranks those alike. */
export function screeningsOf(context: ScreeningContext): Screening[] {
  const { expansion, decisions, tallies } = context;
  return decisions.map((decision, at) => {
    const { stage, next, metric, top, kept, arms } = decision;
    const agreement = agreementOf(context, at);
    const goesOn = new Set(kept);
    const ranked = [...arms].sort((a, b) => (a.rank ?? Infinity) - (b.rank ?? Infinity) || a.arm - b.arm);
    const { firstTrial, trials } = expansion.stages[at]!.expansion;
    return {
      stage,
      next,
      metric,
      counts: tallies[at]!.counts(firstTrial, trials),
      arms: ranked.map(({ arm, mean: value, finished, of, rank }) => ({
        label: labelOf(expansion.armAt(arm), expansion),
        mean: value,
        finished,
        of,
        rank,
        goesOn: !goesOn.has(arm) ? "no" : top === null || (rank !== null && rank <= top) ? "yes" : "control",
      })),
      agreement,
      finding: `${plural(kept.length, "arm")} of ${arms.length} went on from ${stage} to ${next}, chosen by the mean ${metric}. ${sentence(agreement, decision)}`,
    };
  });
}

function sentence({ arms, tau, interval }: Agreement, { stage, next }: Decision): string {
  if (tau === null) return `How far the two rank them alike is not known: it takes two arms with values that differ in both.`;
  const within = interval === null ? "" : ` (95 % interval [${text(interval.low)}, ${text(interval.high)}])`;
  return `Kendall's τ-b between the rankings of these ${plural(arms, "arm")} in ${stage} and in ${next} is ${text(tau)}${within}.`;
}

/** A coefficient with two decimals. */
function text(value: number): string {
  return value.toFixed(2).replace("-", "−");
}

function agreementOf({ expansion, decisions, tallies }: ScreeningContext, at: number): Agreement {
  const { stage, next, metric, kept } = decisions[at]!;
  const values = [at, at + 1].map((number) => byReplicate(expansion, number, { kept, tally: tallies[number]! }));
  const [first, second] = values as [number[][], number[][]];
  const means = values.map((arms) => arms.map((replicates) => mean(replicates.filter((value) => Number.isFinite(value)))));
  const tau = kendallTau(means[0]!, means[1]!);
  const random = generator(canonicalJson([expansion.sweep.metadata.name, stage, next, metric]));
  return { arms: kept.length, tau: Number.isNaN(tau) ? null : tau, interval: Number.isNaN(tau) ? null : (kendallInterval(first, second, { random }) ?? null) };
}

/** The objective of each kept arm by replicate, at the tuned values that it chose in the stage: the mean over its blocks. */
function byReplicate(sweep: Expansion, number: number, { kept, tally }: { kept: readonly number[]; tally: Tally }): number[][] {
  const { kept: own, expansion } = sweep.stages[number]!;
  const { metric } = sweep.sweep.spec.objective;
  return kept.map((arm) => {
    const blocks = selectArm(own ? own.indexOf(arm) : arm, { expansion, tally });
    return Array.from({ length: expansion.replicates }, (_, r) => mean(blocks.map(({ firstTrial }) => tally.value(metric, firstTrial + r))));
  });
}
