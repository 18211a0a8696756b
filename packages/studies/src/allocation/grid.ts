import { deriveKey, type Key, permutation } from "@allot/tensor";

/** A matrix of cells of which `count` have to be chosen; cell = row · columns + column. */
export interface Grid {
  readonly rows: number;
  readonly columns: number;
  readonly count: number;
  /** π and π′ of studies.md 1d, and a random order of all cells. */
  readonly rowOrder: () => Int32Array;
  readonly columnOrder: () => Int32Array;
  readonly cellOrder: () => Int32Array;
  /** A uniform number's key, for strategies that draw by cell. */
  readonly key: Key;
  /** Initial value of every cell. */
  readonly values: () => Float64Array;
  /** ∂loss/∂cell at the start. */
  readonly gradients: () => Float64Array;
  /** ∂outputs/∂cell at the start, of every cell. */
  readonly jacobian: () => readonly Float64Array[];
}

/** Chooses exactly `count` distinct cells of the grid (`bernoulli` alone draws its own number). */
export type Strategy = (grid: Grid) => Int32Array;

/** A grid with the orders of the `mask` stream: the first k rows are k random rows. */
export const randomGrid = (o: Omit<Grid, "rowOrder" | "columnOrder" | "cellOrder">): Grid => ({
  ...o,
  rowOrder: () => permutation(deriveKey(o.key, "rows"), o.rows),
  columnOrder: () => permutation(deriveKey(o.key, "columns"), o.columns),
  cellOrder: () => permutation(deriveKey(o.key, "cells"), o.rows * o.columns),
});

/** The first `count` cells in increasing order of `rank`; equal ranks in the order of `cells`. */
export const lowest = (cells: Iterable<number>, count: number, rank: (cell: number) => number): Int32Array =>
  Int32Array.from(
    [...cells]
      .map((cell, at) => ({ cell, at, rank: rank(cell) }))
      .sort((a, b) => a.rank - b.rank || a.at - b.at)
      .slice(0, count)
      .map(({ cell }) => cell),
  );
