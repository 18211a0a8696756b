import { Matrix } from "ml-matrix";
import { singularValues } from "../matrices/singular-values.ts";

/** Below this share of the largest, a singular value is rounding. */
const rounding = 1e-12;

/** Singular values of a matrix given by its columns, largest first. */
export const singularValuesOf = (columns: readonly Float64Array[]): number[] => {
  const [first] = columns;
  if (first === undefined || first.length === 0) return [];
  const matrix = new Matrix(first.length, columns.length);
  for (const [j, column] of columns.entries()) for (const [i, value] of column.entries()) matrix.set(i, j, value);
  return singularValues(matrix);
};

/** How many singular values, largest first, are not rounding. */
export const rankOf = (values: readonly number[]): number => {
  const [largest = 0] = values;
  return values.filter((value) => value > rounding * largest).length;
};
