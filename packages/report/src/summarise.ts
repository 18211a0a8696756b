import type { Expansion } from "@allot/expansion";
import type { Measurements, Outcome } from "@allot/ledger";
import type { Decision } from "@allot/stages";
import { detectableEffect, replicatesNeeded, smallestAttainableP } from "@allot/stats";
import { type ArmContext, armsOf, comparedMetrics } from "./arms.ts";
import { claimsOf } from "./claims/claims.ts";
import { ALPHA } from "./comparison.ts";
import { curveArms, gatherCurves } from "./curves.ts";
import { frontierOf } from "./frontier.ts";
import { shortName } from "./names.ts";
import { floorsOf, noiseSentence } from "./noise.ts";
import { notesOf } from "./notes.ts";
import { screeningsOf } from "./screening.ts";
import { type BlockSelection, names, selectArm } from "./selection.ts";
import { type Origins, sourcesOf } from "./sources.ts";
import type { ArmSummary, CurveFigure, Frontier, Noise, Reach, StageFacts, Summary } from "./summary.ts";
import { Tally } from "./tally.ts";
import { overview, reachSentence } from "./words.ts";

/** What a summary is made from. */
export interface SummariseOptions extends Origins {
  /** With the stages that have begun. */
  readonly expansion: Expansion;
  /** Of the stages before the last one that has begun. */
  readonly decisions?: readonly Decision[];
  /** At most one a trial; trials without one are pending. */
  readonly outcomes: AsyncIterable<Outcome> | Iterable<Outcome>;
  /** Measurements while training; read once, after the outcomes. */
  readonly curves?: AsyncIterable<Measurements> | Iterable<Measurements>;
}

/**
 * Folds the outcomes of a sweep into what a report shows. Memory: 8 bytes a trial and metric, and the measurements of at most 24 arms'
 * chosen trials. With stages, arms are compared in the last one that has begun. Throws RangeError when the outcomes are no valid ledger of the expansion (see `Tally`).
 */
export async function summarise(options: SummariseOptions): Promise<Summary> {
  const { decisions = [] } = options;
  const expansion = options.expansion.stages.at(-1)?.expansion ?? options.expansion;
  const { spec, metadata } = expansion.sweep;
  const tallies = await talliesOf(options);
  const tally = tallies[tallies.length - 1]!;
  const selections = new Map<number, BlockSelection[]>();
  const selected = expansion.copied === undefined ? expansion.arms : expansion.arms + 1;
  for (let arm = 0; arm < selected; arm++) selections.set(arm, selectArm(arm, { expansion, tally }));
  const headline = headlineOf(spec.objective.metric, tally.metrics);
  const metrics = orderMetrics(
    tally.metrics.filter((metric) => metric !== "fixedUnchanged"),
    [headline, spec.objective.metric],
  );
  const reach = reachOf(expansion);
  const floors = floorsOf(comparedMetrics(metrics), { expansion, tally, selections });
  const context: ArmContext = { expansion, tally, selections, headline, metrics, reach, floors };
  const arms = armsOf(context);
  const noise = noiseOf(context, arms);
  const parameterNames = expansion.parameters.map(({ name }) => name);
  const sources = sourcesOf(options, tally.reused);
  const screenings = screeningsOf({ expansion: options.expansion, decisions, tallies });
  return {
    version: 1,
    name: metadata.name,
    trainer: spec.trainer.command ? "command" : "study",
    stage: stageOf(options.expansion),
    screenings,
    replicates: expansion.replicates,
    trials: expansion.trials,
    cells: expansion.cells,
    counts: tally.counts(expansion.firstTrial, expansion.trials),
    objective: { metric: spec.objective.metric, direction: spec.objective.direction },
    headline,
    metrics,
    measured: tally.measured,
    factors: names(expansion, "factor").map((name) => ({ name, short: shortName(name, parameterNames) })),
    tuned: names(expansion, "tuned"),
    blocked: names(expansion, "blocked"),
    dropped: expansion.dropped.map(({ rule, count }) => ({ rule, count })),
    arms,
    claims: claimsOf(context, arms),
    reach,
    noise,
    curves: await curvesOf({ expansion, curves: options.curves }, { arms, selections }),
    frontiers: frontiersOf(arms, { headline, expansion }),
    failures: tally.failures(),
    findings: [
      ...overview(arms, headline, expansion.replicates),
      ...screenings.map(({ finding }) => finding),
      noise?.finding ?? "",
      reachSentence(reach, expansion.replicates),
    ].filter((text) => text !== ""),
    notes: [...stageNotes(options.expansion), ...notesOf(context, arms)],
    sources,
  };
}

/** The outcomes of each stage that has begun, with the numbers that arms have there; of all trials where there are no stages. */
async function talliesOf({ expansion, outcomes }: SummariseOptions): Promise<Tally[]> {
  const blocks = expansion.stages.length > 0 ? expansion.stages.map((stage) => stage.expansion) : [expansion];
  const tallies = blocks.map((block) => new Tally(block));
  for await (const outcome of outcomes) {
    const at = Math.max(
      0,
      blocks.findLastIndex(({ firstTrial }) => firstTrial <= outcome.trial),
    );
    tallies[at]!.add(at === 0 ? outcome : { ...outcome, arm: blocks[at]!.armOf(outcome.trial) });
  }
  return tallies;
}

function stageOf({ stages, sweep }: Expansion): StageFacts | null {
  const last = stages.at(-1);
  return last === undefined ? null : { name: last.name, number: stages.length, of: sweep.spec.stages.length };
}

/** Until the last stage has begun the arms are not the ones that the sweep is to compare. */
function stageNotes({ stages, sweep }: Expansion): string[] {
  const last = stages.at(-1);
  const next = sweep.spec.stages[stages.length];
  return last && next ? [`The arms are those of stage ${last.name}: which of them go on to ${next.name} is decided when all its trials have ended.`] : [];
}

/** The objective's test counterpart where trials have it, else the objective's own metric. */
function headlineOf(objective: string, metrics: readonly string[]): string {
  const counterpart = objective.replace(/^validation\./, "test.");
  return metrics.includes(counterpart) ? counterpart : objective;
}

const GROUPS = ["test.", "validation.", "train."];

function orderMetrics(metrics: readonly string[], first: readonly string[]): string[] {
  const rank = (metric: string): number => {
    const group = GROUPS.findIndex((prefix) => metric.startsWith(prefix));
    return first.includes(metric) ? first.indexOf(metric) - 10 : group === -1 ? GROUPS.length : group;
  };
  return [...metrics].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

function reachOf(expansion: Expansion): Reach {
  const { arms, replicates } = expansion;
  let comparisons = 0;
  for (let arm = 0; arm < arms; arm++) if (expansion.controlOf(arm) !== arm) comparisons++;
  if (comparisons === 0) return { comparisons, alpha: ALPHA, smallestP: null, replicatesNeeded: null, detectable: null };
  return {
    comparisons,
    alpha: ALPHA,
    smallestP: smallestAttainableP(replicates, comparisons),
    replicatesNeeded: replicatesNeeded(comparisons, ALPHA),
    detectable: detectableEffect({ replicates, comparisons, alpha: ALPHA }) ?? null,
  };
}

function noiseOf({ expansion: { copied }, floors, headline }: ArmContext, arms: readonly ArmSummary[]): Noise | null {
  return copied === undefined ? null : { arm: copied, floors, finding: noiseSentence({ arms, copied, floors, headline }) };
}

async function curvesOf(
  { expansion, curves }: Pick<SummariseOptions, "expansion"> & { curves: SummariseOptions["curves"] },
  { arms, selections }: { arms: readonly ArmSummary[]; selections: ReadonlyMap<number, BlockSelection[]> },
): Promise<CurveFigure[]> {
  if (curves === undefined) return [];
  const kept = new Map(curveArms(arms).map((arm) => [arm, selections.get(arm)!]));
  const { metric, tradeoffs } = expansion.sweep.spec.objective;
  const metrics = [...new Set([metric, ...tradeoffs.map((tradeoff) => tradeoff.metric), "train.loss", "train.nmse"])];
  return gatherCurves({ measurements: curves, selections: kept, metrics, replicates: expansion.replicates });
}

function frontiersOf(arms: readonly ArmSummary[], { headline, expansion }: { headline: string; expansion: Expansion }): Frontier[] {
  const { tradeoffs, direction } = expansion.sweep.spec.objective;
  const wanted = tradeoffs.length > 0 ? tradeoffs : [{ metric: "learnableParameters", direction: "minimize" as const }];
  return wanted.flatMap((tradeoff) => frontierOf(arms, { headline, direction, tradeoff }) ?? []);
}
