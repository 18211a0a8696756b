import { lowest, type Strategy } from "../grid.ts";

/** The main diagonal, then the diagonals next to it, and so on: by |i − j|, rows and columns as they are (studies.md 1d; `diag` and `banded`). */
export const banded: Strategy = ({ rows, columns, count }) =>
  lowest(
    Array.from({ length: rows * columns }, (_, cell) => cell),
    count,
    (cell) => Math.abs(Math.floor(cell / columns) - (cell % columns)),
  );
