import { lowest, type Strategy } from "../grid.ts";

const triangle =
  (inside: (row: number, column: number) => boolean): Strategy =>
  ({ columns, count, cellOrder }) =>
    lowest(cellOrder(), count, (cell) => (inside(Math.floor(cell / columns), cell % columns) ? 0 : 1));

/** Random cells on and below the diagonal first, the others after them (studies.md 1d). */
export const lower = triangle((row, column) => column <= row);

/** Random cells on and above the diagonal first, the others after them (studies.md 1d). */
export const upper = triangle((row, column) => column >= row);
