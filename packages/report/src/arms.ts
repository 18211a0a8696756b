import type { Arm, Expansion } from "@allot/expansion";
import { canonicalJson } from "@allot/spec";
import { compare, decide, type OpenComparison, type Reader, replicateDifferences, replicateValues, spread } from "./comparison.ts";
import { lastPart, unitOf } from "./format.ts";
import { armLabel, shortName } from "./names.ts";
import type { BlockSelection } from "./selection.ts";
import type { ArmSummary, Comparison, Counts, NoiseFloor, Reach, Spread } from "./summary.ts";
import type { Tally } from "./tally.ts";
import { findingOf } from "./words.ts";

/** What is known once every arm has chosen. */
export interface ArmContext {
  readonly expansion: Expansion;
  readonly tally: Tally;
  readonly selections: ReadonlyMap<number, readonly BlockSelection[]>;
  readonly headline: string;
  readonly metrics: readonly string[];
  readonly reach: Reach;
  /** By compared metric; empty where the baseline is trained once. */
  readonly floors: Readonly<Record<string, NoiseFloor>>;
}

/** Every arm with its values, and its comparisons corrected over the sweep, metric by metric. */
export function armsOf(context: ArmContext): ArmSummary[] {
  const arms = Array.from({ length: context.expansion.arms }, (_, index) => describe(index, context));
  const compared = arms.filter(({ control }) => control !== null);
  const comparisons = compared.map((): Record<string, Comparison> => ({}));
  for (const metric of comparedMetrics(context.metrics)) {
    const open = compared.map((arm) => compareArm(arm, { metric, context }));
    decide(open, directionOf(metric, context)).forEach((comparison, i) => {
      comparisons[i]![metric] = comparison;
    });
  }
  const byIndex = new Map(compared.map((arm, i) => [arm.index, comparisons[i]!]));
  return arms.map((arm) => withFinding({ ...arm, comparisons: byIndex.get(arm.index) ?? {} }, { arms, context }));
}

/** Sizes are facts of an arm, not results. */
export function comparedMetrics(metrics: readonly string[]): string[] {
  return metrics.filter((metric) => !["count", "bytes"].includes(unitOf(metric)));
}

/** The objective's direction for its own family of metrics; else losses and errors are better small, anything else large. */
function directionOf(metric: string, { expansion }: ArmContext): "maximize" | "minimize" {
  const { objective } = expansion.sweep.spec;
  if (lastPart(metric) === lastPart(objective.metric)) return objective.direction;
  const tradeoff = objective.tradeoffs.find((candidate) => candidate.metric === metric);
  return tradeoff?.direction ?? (/loss|mse|error/i.test(lastPart(metric)) ? "minimize" : "maximize");
}

function describe(index: number, context: ArmContext): ArmSummary {
  const { expansion, tally, metrics, headline } = context;
  const arm = expansion.armAt(index);
  const blocks = context.selections.get(index)!;
  const control = expansion.controlOf(index);
  const headlineOf: Reader = (trial) => tally.value(headline, trial);
  const byReplicate = control === index ? replicateValues(blocks, headlineOf) : replicateDifferences(blocks, context.selections.get(control)!, headlineOf);
  return {
    index,
    name: arm.name,
    label: labelOf(arm, expansion),
    labels: arm.labels,
    control: control === index ? null : control,
    counts: countsOf(index, context),
    choices: blocks.map(({ choice }) => choice),
    metrics: spreads(metrics, (metric) => replicateValues(blocks, (trial) => tally.value(metric, trial))),
    measured: spreads(tally.measured, (metric) => replicateValues(blocks, (trial) => tally.measuredValue(metric, trial))),
    comparisons: {},
    byReplicate: byReplicate.map((value) => (Number.isFinite(value) ? value : null)),
    finding: "",
  };
}

/** Name of an arm for figures and sentences. */
export function labelOf(arm: Arm, { parameters }: Expansion): string {
  const all = parameters.map(({ name }) => name);
  const factors = parameters.filter(({ role }) => role === "factor").map(({ name, labels }) => ({ name, short: shortName(name, all), labels }));
  return armLabel(arm.labels, factors);
}

function countsOf(index: number, { expansion, tally }: ArmContext): Counts {
  const total = { succeeded: 0, failed: 0, pruned: 0, pending: 0 };
  for (const { firstTrial } of expansion.cellsOf(index)) {
    const counts = tally.counts(firstTrial, expansion.replicates);
    for (const state of ["succeeded", "failed", "pruned", "pending"] as const) total[state] += counts[state];
  }
  return total;
}

function spreads(metrics: readonly string[], valuesOf: (metric: string) => number[]): Record<string, Spread> {
  const found = metrics.map((metric) => [metric, spread(valuesOf(metric))] as const);
  return Object.fromEntries(found.filter(([, { replicates }]) => replicates > 0));
}

function compareArm(arm: ArmSummary, { metric, context }: { metric: string; context: ArmContext }): OpenComparison {
  const { selections, tally, headline, expansion, floors } = context;
  const differences = replicateDifferences(selections.get(arm.index)!, selections.get(arm.control!)!, (trial) => tally.value(metric, trial));
  const seed = canonicalJson([expansion.sweep.metadata.name, arm.name, metric]);
  return compare(differences, { seed, bootstrap: metric === headline, floor: floors[metric]?.largest ?? 0 });
}

function withFinding(arm: ArmSummary, { arms, context }: { arms: readonly ArmSummary[]; context: ArmContext }): ArmSummary {
  const comparison = arm.comparisons[context.headline];
  if (arm.control === null || comparison === undefined) return arm;
  return { ...arm, finding: findingOf({ arm, control: arms[arm.control]!, comparison, metric: context.headline, reach: context.reach }) };
}
