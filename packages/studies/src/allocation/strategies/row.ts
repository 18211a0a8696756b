import type { Strategy } from "../grid.ts";

/** Whole random rows one after another, the last one in part: all a unit receives before the next unit gets any (studies.md 1d). */
export const row: Strategy = ({ columns, count, rowOrder, columnOrder }) => {
  const byRow = rowOrder();
  const byColumn = columnOrder();
  return Int32Array.from({ length: count }, (_, k) => byRow[Math.floor(k / columns)]! * columns + byColumn[k % columns]!);
};
