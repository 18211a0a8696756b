import type { Strategy } from "../grid.ts";

/** Whole random columns one after another, the last one in part: all a unit sends before the next unit gets any (studies.md 1d). */
export const col: Strategy = ({ rows, columns, count, rowOrder, columnOrder }) => {
  const byRow = rowOrder();
  const byColumn = columnOrder();
  return Int32Array.from({ length: count }, (_, k) => byRow[k % rows]! * columns + byColumn[Math.floor(k / rows)]!);
};
