import type { Cell, Expansion } from "@allot/expansion";
import { canonicalJson, type Labels } from "@allot/spec";
import { mean } from "@allot/stats";

/** The objective's value of a trial; NaN where it has none. */
export type ObjectiveReader = (trial: number) => number;

/** The cells of an arm that have the blocked values in common: they differ in what is tuned. */
export interface Block {
  readonly key: string;
  /** The blocked values. */
  readonly labels: Labels;
  readonly cells: readonly Cell[];
}

/** A cell with its mean over the replicates that finished. */
export interface Scored {
  readonly cell: Cell;
  readonly finished: number;
  /** NaN where none finished. */
  readonly score: number;
}

/** The cells of an arm by their blocked values, in order. */
export function blocksOf(arm: number, expansion: Expansion): Block[] {
  const blocked = expansion.parameters.filter(({ role }) => role === "blocked").map(({ name }) => name);
  const blocks = new Map<string, { labels: Labels; cells: Cell[] }>();
  for (const cell of expansion.cellsOf(arm)) {
    const labels = Object.fromEntries(blocked.flatMap((name) => (cell.labels[name] === undefined ? [] : [[name, cell.labels[name]]])));
    const key = canonicalJson(labels);
    const block = blocks.get(key) ?? { labels, cells: [] };
    block.cells.push(cell);
    blocks.set(key, block);
  }
  return [...blocks].map(([key, block]) => ({ key, ...block }));
}

/**
 * The cell with the best mean over the given replicates; of equals the first. A cell with more finished replicates goes before one with
 * fewer, whatever their means.
 */
export function bestCell(
  cells: readonly Cell[],
  { replicates, valueOf, direction }: { replicates: readonly number[]; valueOf: ObjectiveReader; direction: "maximize" | "minimize" },
): Scored {
  const sign = direction === "maximize" ? 1 : -1;
  return cells
    .map((cell) => scoreOf(cell, replicates, valueOf))
    .reduce((first, next) => (next.finished > first.finished || (next.finished === first.finished && sign * (next.score - first.score) > 0) ? next : first));
}

function scoreOf(cell: Cell, replicates: readonly number[], valueOf: ObjectiveReader): Scored {
  const values = replicates.map((r) => valueOf(cell.firstTrial + r)).filter((value) => Number.isFinite(value));
  return { cell, finished: values.length, score: mean(values) };
}

/** How many of a cell's replicates have a value. */
export function finishedOf(cell: Cell, replicates: readonly number[], valueOf: ObjectiveReader): number {
  return scoreOf(cell, replicates, valueOf).finished;
}
