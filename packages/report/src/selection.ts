import type { Expansion, ParameterInfo } from "@allot/expansion";
import type { Labels } from "@allot/spec";
import { type Block, bestCell, blocksOf, finishedOf, type ObjectiveReader } from "@allot/stages";
import type { Choice } from "./summary.ts";
import type { Tally } from "./tally.ts";

/** An arm within one combination of its blocked parameters: what it chose, and which trial stands for each replicate. */
export interface BlockSelection {
  readonly key: string;
  readonly choice: Choice;
  /** First trial of the combination chosen over all replicates: what curves are drawn from. */
  readonly firstTrial: number;
  /** By replicate: its trial at the combination that the *other* half of the replicates chose. */
  readonly trialOf: readonly number[];
}

/** What `selectArm` needs beside the arm. */
export interface SelectionContext {
  readonly expansion: Expansion;
  readonly tally: Tally;
}

/**
 * Chooses each arm's tuned values, within each combination of blocked values, by the mean of the objective's metric.
 * Selection is kept apart from inference by cross-fitting: even replicates are read at the combination chosen by the odd ones and the
 * other way round, so no number that is compared helped to choose itself. With one replicate, or nothing to choose from, the choice is
 * used directly. A combination with more finished replicates goes before one with fewer, whatever their means.
 */
export function selectArm(arm: number, context: SelectionContext): BlockSelection[] {
  return blocksOf(arm, context.expansion).map((block) => selectInBlock(block, context));
}

function selectInBlock(block: Block, context: SelectionContext): BlockSelection {
  const { replicates, parameters } = context.expansion;
  const all = Array.from({ length: replicates }, (_, r) => r);
  const reading = readingOf(context);
  const overall = bestCell(block.cells, { ...reading, replicates: all });
  const split = block.cells.length > 1 && replicates > 1;
  const halves = [0, 1].map((parity) => {
    if (!split) return overall.cell;
    const others = all.filter((r) => r % 2 !== parity);
    return bestCell(block.cells, { ...reading, replicates: others }).cell;
  });
  const chosen = pick(overall.cell.labels, names(context.expansion, "tuned"));
  return {
    key: block.key,
    firstTrial: overall.cell.firstTrial,
    trialOf: all.map((r) => halves[r % 2]!.firstTrial + r),
    choice: {
      block: block.labels,
      chosen,
      tried: block.cells.length,
      complete: block.cells.filter((cell) => finishedOf(cell, all, reading.valueOf) === replicates).length,
      selectionMean: overall.finished === 0 ? null : overall.score,
      stable: halves[0] === halves[1],
      atEdge: parameters.filter((parameter) => isAtEdge(parameter, chosen)).map(({ name }) => name),
    },
  };
}

/** The values that cells are chosen by. */
function readingOf({ expansion, tally }: SelectionContext): { valueOf: ObjectiveReader; direction: "maximize" | "minimize" } {
  const { metric, direction } = expansion.sweep.spec.objective;
  return { valueOf: (trial) => tally.value(metric, trial), direction };
}

function isAtEdge({ role, name, labels }: ParameterInfo, chosen: Labels): boolean {
  const value = chosen[name];
  const numbers = labels.filter((label) => typeof label === "number");
  if (role !== "tuned" || typeof value !== "number" || numbers.length < 3) return false;
  return value === Math.min(...numbers) || value === Math.max(...numbers);
}

/** Names of the parameters of a role, in manifest order. */
export function names({ parameters }: Expansion, role: ParameterInfo["role"]): string[] {
  return parameters.filter((parameter) => parameter.role === role).map(({ name }) => name);
}

/** The labels of the names that are there. */
function pick(labels: Labels, wanted: readonly string[]): Labels {
  return Object.fromEntries(wanted.flatMap((name) => (labels[name] === undefined ? [] : [[name, labels[name]]])));
}
