import type { Strategy } from "../grid.ts";

const greatestCommonDivisor = (a: number, b: number): number => (b === 0 ? a : greatestCommonDivisor(b, a % b));

/**
 * The k-th cell is (π(k mod m), π′((k + ⌊k / lcm(m, n)⌋) mod n)): for every
 * count, row counts differ by at most 1, and so do column counts (studies.md 1d).
 */
export const spread: Strategy = ({ rows, columns, count, rowOrder, columnOrder }) => {
  const period = (rows * columns) / greatestCommonDivisor(rows, columns);
  const byRow = rowOrder();
  const byColumn = columnOrder();
  return Int32Array.from({ length: count }, (_, k) => {
    const row = byRow[k % rows]!;
    const column = byColumn[(k + Math.floor(k / period)) % columns]!;
    return row * columns + column;
  });
};
