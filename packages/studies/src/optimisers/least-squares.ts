import { deriveKey, normals } from "@allot/tensor";
import { Matrix, SVD } from "ml-matrix";
import { StudyError } from "../errors.ts";

/** Trained scalars: `positions` within the memory of one slot. */
export interface FreeScalars {
  readonly memory: Float64Array;
  readonly positions: Int32Array;
}

/** One trained scalar. */
interface Scalar {
  readonly memory: Float64Array;
  readonly at: number;
  readonly start: number;
}

/** Every trained scalar, in order. */
export const scalarsOf = (free: readonly FreeScalars[]): Scalar[] =>
  free.flatMap(({ memory, positions }) => Array.from(positions, (at) => ({ memory, at, start: memory[at]! })));

/** Residuals × scalars that one dense solve may have. */
const largestSystem = 10_000_000;

/** Throws StudyError where a dense system would be too large. */
export const checkSystem = (kind: string, residuals: number, scalars: number): void => {
  if (residuals * scalars > largestSystem)
    throw new StudyError("optimizer.kind", `${kind} would solve ${residuals} equations for ${scalars} scalars: train fewer, or use an iterative optimiser`);
};
/** Relative departure from a straight line that is still rounding. */
const straight = 1e-9;
/** The key of the direction along which affinity is verified. */
const directionKey = deriveKey("0000000000000000", "least squares");

const largest = (values: Float64Array): number => values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);

/**
 * Sets the trained scalars to the values nearest to the present ones that
 * minimise the sum of squared residuals: one linear solve by singular values.
 * `residual` evaluates at the present memory; its columns are found by moving
 * one scalar at a time. Throws StudyError where the residual is not affine in
 * the trained scalars, or the system is too large.
 */
export const solveLeastSquares = (free: readonly FreeScalars[], residual: () => Float64Array): void => {
  const scalars = scalarsOf(free);
  if (scalars.length === 0) return;
  const base = residual().slice();
  checkSystem("leastSquares", base.length, scalars.length);
  const columns = scalars.map(({ memory, at, start }) => {
    memory[at] = start + 1;
    const moved = residual().map((value, i) => value - base[i]!);
    memory[at] = start;
    return moved;
  });
  const move = (delta: ArrayLike<number>): Float64Array => {
    for (const [i, { memory, at, start }] of scalars.entries()) memory[at] = start + delta[i]!;
    return residual();
  };
  checkAffine(columns, base, move);
  const system = new Matrix(base.length, scalars.length);
  for (const [j, column] of columns.entries()) for (const [i, value] of column.entries()) system.set(i, j, value);
  const solution = new SVD(system, { autoTranspose: true }).solve(Matrix.columnVector(base)).to1DArray();
  move(solution.map((value) => -value));
};

const checkAffine = (columns: readonly Float64Array[], base: Float64Array, move: (delta: ArrayLike<number>) => Float64Array): void => {
  const direction = normals(directionKey, columns.length);
  const moved = move(direction);
  const predicted = base.map((value, i) => columns.reduce((sum, column, j) => sum + column[i]! * direction[j]!, value));
  const gap = largest(moved.map((value, i) => value - predicted[i]!));
  const scale = Math.max(largest(base), largest(moved), ...columns.map(largest));
  if (gap > straight * scale)
    throw new StudyError(
      "optimizer.kind",
      "leastSquares needs outputs that are linear in the trained weights, and these are not: train weights of one layer only, or use an iterative optimiser",
    );
};
