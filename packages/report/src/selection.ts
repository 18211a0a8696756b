import type { Cell, Expansion, ParameterInfo } from "@allot/expansion";
import { canonicalJson, type Labels } from "@allot/spec";
import { mean } from "@allot/stats";
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

interface Scored {
  readonly cell: Cell;
  readonly finished: number;
  readonly score: number;
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
  const blocked = names(context.expansion, "blocked");
  const blocks = new Map<string, { labels: Labels; cells: Cell[] }>();
  for (const cell of context.expansion.cellsOf(arm)) {
    const labels = pick(cell.labels, blocked);
    const key = canonicalJson(labels);
    const block = blocks.get(key) ?? { labels, cells: [] };
    block.cells.push(cell);
    blocks.set(key, block);
  }
  return [...blocks].map(([key, block]) => selectInBlock({ key, ...block }, context));
}

function selectInBlock(block: { key: string; labels: Labels; cells: readonly Cell[] }, context: SelectionContext): BlockSelection {
  const { replicates, parameters } = context.expansion;
  const all = Array.from({ length: replicates }, (_, r) => r);
  const overall = best(block.cells, all, context);
  const split = block.cells.length > 1 && replicates > 1;
  const halves = [0, 1].map((parity) => {
    if (!split) return overall.cell;
    const others = all.filter((r) => r % 2 !== parity);
    return best(block.cells, others, context).cell;
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
      complete: block.cells.filter((cell) => scoreOf(cell, all, context).finished === replicates).length,
      selectionMean: overall.finished === 0 ? null : overall.score,
      stable: halves[0] === halves[1],
      atEdge: parameters.filter((parameter) => isAtEdge(parameter, chosen)).map(({ name }) => name),
    },
  };
}

function best(cells: readonly Cell[], replicates: readonly number[], context: SelectionContext): Scored {
  const sign = context.expansion.sweep.spec.objective.direction === "maximize" ? 1 : -1;
  return cells
    .map((cell) => scoreOf(cell, replicates, context))
    .reduce((first, next) => (next.finished > first.finished || (next.finished === first.finished && sign * (next.score - first.score) > 0) ? next : first));
}

function scoreOf(cell: Cell, replicates: readonly number[], { expansion, tally }: SelectionContext): Scored {
  const { metric } = expansion.sweep.spec.objective;
  const values = replicates.map((r) => tally.value(metric, cell.firstTrial + r)).filter((value) => Number.isFinite(value));
  return { cell, finished: values.length, score: mean(values) };
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
