import { lowest, type Strategy } from "../grid.ts";

const byMagnitude =
  (sign: 1 | -1): Strategy =>
  ({ rows, columns, count, values }) => {
    const initial = values();
    return lowest(
      Array.from({ length: rows * columns }, (_, cell) => cell),
      count,
      (cell) => sign * Math.abs(initial[cell]!),
    );
  };

/** The cells with the largest |θ₀|; equal ones in their order (studies.md 1d). */
export const magnitude = byMagnitude(-1);

/** The cells with the smallest |θ₀|; equal ones in their order (studies.md 1d). */
export const smallest = byMagnitude(1);
