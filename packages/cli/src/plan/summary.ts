import { type Expansion, type Plan, stageBounds } from "@allot/expansion";
import { type Issue, pathText, type Sweep, unsupported } from "@allot/spec";
import { predictedTables, type TableBytes } from "./bytes.ts";
import { type DerivedNumbers, derivedNumbers } from "./derived.ts";
import { type Reachable, reachable } from "./statistics.ts";
import type { WeightBytes } from "./weights.ts";

/** What a sweep would be, without training anything. Its size does not depend on the number of trials. */
export interface PlanSummary {
  readonly name: string;
  readonly trials: number;
  readonly cells: number;
  readonly arms: number;
  readonly replicates: number;
  readonly parameters: readonly {
    readonly name: string;
    readonly role: string;
    readonly values: number;
    readonly first: readonly (string | number | boolean)[];
    readonly when?: string;
  }[];
  /** Of the first arms, where numbers of the study follow from a budget. */
  readonly derived: readonly DerivedNumbers[];
  readonly dropped: readonly { readonly rule: string; readonly count: number }[];
  readonly blocks: readonly { readonly name: string; readonly firstTrial: number; readonly trials: number }[];
  /** With the most that each can come to, which for the first is what it comes to. */
  readonly stages: readonly { readonly name: string; readonly keep: number | null; readonly arms: number; readonly trials: number }[];
  readonly lanes: number;
  readonly packs: number;
  readonly shapes: readonly { readonly shape: string; readonly trials: number; readonly packSize: number }[];
  readonly statistics: Reachable | undefined;
  readonly predictedBytes: TableBytes & { readonly weights: WeightBytes | undefined };
  readonly unsupported: readonly string[];
  readonly warnings: readonly string[];
}

/** A large sweep's labels are shown up to here. */
const shownLabels = 8;

const issueLine = (issue: Issue): string => `${pathText(issue.path)}: ${issue.message}`;

export interface SummaryOptions {
  readonly lanes: number;
  readonly plan: Plan;
  readonly weights: WeightBytes | undefined;
}

/** Computes the summary in O(axes + shape classes). */
export const summarisePlan = (sweep: Sweep, expansion: Expansion, { lanes, plan, weights }: SummaryOptions): PlanSummary => {
  const statistics = reachable(expansion);
  return {
    name: sweep.metadata.name,
    trials: expansion.trials,
    cells: expansion.cells,
    arms: expansion.arms,
    replicates: expansion.replicates,
    parameters: expansion.parameters.map(({ name, role, labels, when }) => ({
      name,
      role,
      values: labels.length,
      first: labels.slice(0, shownLabels),
      ...(when === undefined ? {} : { when }),
    })),
    derived: derivedNumbers(expansion),
    dropped: expansion.dropped,
    blocks: expansion.blocks,
    stages: stagesOf(expansion),
    lanes,
    packs: plan.packs,
    shapes: shapesOf(plan),
    statistics,
    predictedBytes: { ...predictedTables(expansion, plan), weights },
    unsupported: unsupported(sweep).map(issueLine),
    warnings: warningsOf(sweep, expansion, statistics),
  };
};

const stagesOf = (expansion: Expansion): PlanSummary["stages"] => {
  const { stages } = expansion.sweep.spec;
  if (stages.length === 0) return [];
  const sizes = [{ arms: expansion.arms, trials: expansion.trials }, ...stageBounds(expansion)];
  return stages.map(({ name, keep }, at) => ({ name, keep: keep?.top ?? null, arms: sizes[at]!.arms, trials: sizes[at]!.trials }));
};

/** Classes of one shape have packs of one size; they are several where others lie between them, or in different blocks. */
const shapesOf = ({ classes }: Plan): PlanSummary["shapes"] =>
  [...Map.groupBy(classes, ({ shape }) => shape)].map(([shape, alike]) => ({
    shape,
    trials: alike.reduce((sum, { trials }) => sum + trials, 0),
    packSize: alike[0]!.packSize,
  }));

const warningsOf = (sweep: Sweep, expansion: Expansion, statistics: Reachable | undefined): string[] => {
  const warnings: string[] = [];
  if (statistics && statistics.replicates < statistics.replicatesNeeded) {
    warnings.push(
      `${statistics.replicates} replicates can't give a corrected p below .05 for ${statistics.comparisons} comparisons, ` +
        `however large the effect; set replicates.count to ${statistics.replicatesNeeded} or more`,
    );
  }
  const most = sweep.spec.budget.trials;
  const trials = stageBounds(expansion).reduce((sum, stage) => sum + stage.trials, expansion.trials);
  if (most !== undefined && trials > most) warnings.push(`${trials} trials are more than budget.trials allows (${most}): run refuses this`);
  return warnings;
};
