import { uniform } from "@allot/tensor";
import type { Strategy } from "../grid.ts";

/** Each cell by itself with probability `fraction`: the number chosen is random (studies.md 1d). */
export const bernoulli =
  (fraction: number): Strategy =>
  ({ rows, columns, key }) => {
    const chosen: number[] = [];
    for (let cell = 0; cell < rows * columns; cell++) if (uniform(key, cell) < fraction) chosen.push(cell);
    return Int32Array.from(chosen);
  };
