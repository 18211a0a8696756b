import type { Strategy } from "../grid.ts";

/** A ⌈√count⌉ × ⌈√count⌉ sub-matrix of random rows and columns, filled row by row; where it sticks out, the rest goes on row by row outside (studies.md 1d). */
export const block: Strategy = ({ rows, columns, count, rowOrder, columnOrder }) => {
  const side = Math.ceil(Math.sqrt(count));
  const byRow = rowOrder();
  const byColumn = columnOrder();
  const inside: number[] = [];
  const outside: number[] = [];
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) {
      const cell = byRow[i]! * columns + byColumn[j]!;
      (i < side && j < side ? inside : outside).push(cell);
    }
  }
  return Int32Array.from([...inside, ...outside].slice(0, count));
};
