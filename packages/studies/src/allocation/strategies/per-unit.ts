import { deriveKey, permutation } from "@allot/tensor";
import type { Strategy } from "../grid.ts";

/** count / rows random cells in every row (studies.md 1d; N:M sparsity). */
export const perRow: Strategy = ({ rows, columns, count, key }) => {
  const each = count / rows;
  return Int32Array.from(
    Array.from({ length: rows }, (_, i) => permutation(deriveKey(key, `row ${i}`), columns).slice(0, each)).flatMap((chosen, i) =>
      Array.from(chosen, (j) => i * columns + j),
    ),
  );
};

/** count / columns random cells in every column (studies.md 1d). */
export const perCol: Strategy = ({ rows, columns, count, key }) => {
  const each = count / columns;
  return Int32Array.from(
    Array.from({ length: columns }, (_, j) => permutation(deriveKey(key, `column ${j}`), rows).slice(0, each)).flatMap((chosen, j) =>
      Array.from(chosen, (i) => i * columns + j),
    ),
  );
};
