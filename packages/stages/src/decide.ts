import type { Expansion } from "@allot/expansion";
import { mean } from "@allot/stats";
import { type ArmEvidence, type Decision, NothingToPromote } from "./decision.ts";
import { bestCell, blocksOf, type ObjectiveReader } from "./selection.ts";

/**
 * Which arms of the last known stage go on: the best by the mean of the objective over their replicates, of equals those with the
 * lower number, and with each its control, so that what goes on can be compared. Whoever computes it comes to the same.
 * @param expansion of the sweep, with a stage to follow the last one.
 * @throws NothingToPromote where no arm has a mean.
 */
export function decideStage(expansion: Expansion, { valueOf, seals }: { valueOf: ObjectiveReader; seals: Decision["seals"] }): Decision {
  const { objective, stages } = expansion.sweep.spec;
  const number = expansion.stages.length;
  const [from, next] = [stages[number - 1]!, stages[number]!];
  const arms = ranked(evidenceOf(expansion, valueOf), objective.direction);
  const top = from.keep?.top;
  const best = arms.filter(({ rank }) => top === undefined || (rank !== null && rank <= top));
  if (!arms.some(({ rank }) => rank !== null)) {
    const why = `no arm of stage ${from.name} has a mean of ${objective.metric}: trials failed in every one`;
    throw new NothingToPromote(`${why}, so none can go on to ${next.name}; the report names the failures: mend their cause`);
  }
  const kept = new Set(best.flatMap(({ arm }) => [arm, expansion.controlOf(arm)]));
  return {
    version: 1,
    stage: from.name,
    next: next.name,
    metric: objective.metric,
    direction: objective.direction,
    top: top ?? null,
    kept: [...kept].sort((a, b) => a - b),
    arms,
    seals,
  };
}

type Judged = Omit<ArmEvidence, "rank">;

function evidenceOf(expansion: Expansion, valueOf: ObjectiveReader): Judged[] {
  const { kept, expansion: stage } = expansion.stages.at(-1)!;
  const { direction } = stage.sweep.spec.objective;
  const replicates = Array.from({ length: stage.replicates }, (_, r) => r);
  return Array.from({ length: stage.arms }, (_, own) => {
    const blocks = blocksOf(own, stage).map(({ cells }) => bestCell(cells, { replicates, valueOf, direction }));
    const score = mean(blocks.map((block) => block.score));
    return {
      arm: kept?.[own] ?? own,
      name: stage.armAt(own).name,
      mean: Number.isFinite(score) ? score : null,
      finished: blocks.reduce((sum, { finished }) => sum + finished, 0),
      of: blocks.length * stage.replicates,
    };
  });
}

function ranked(arms: readonly Judged[], direction: Decision["direction"]): ArmEvidence[] {
  const sign = direction === "maximize" ? -1 : 1;
  const order = arms.filter((arm) => arm.mean !== null).sort((a, b) => sign * (a.mean! - b.mean!) || a.arm - b.arm);
  const ranks = new Map(order.map(({ arm }, at) => [arm, at + 1]));
  return arms.map((arm) => ({ ...arm, rank: ranks.get(arm.arm) ?? null }));
}
