import { Matrix, SVD } from "ml-matrix";
import { orthonormal } from "./orthonormal.ts";

/**
 * The inputs of a weight W(0) that gradient descent changes in a deep linear net whose product learns a matrix of rank r: an orthonormal basis
 * [in, 2r] of the first r right singular vectors of the gradient G at the start and W(0)ᵀ times its left ones (studies.md 4a; Yaras et al. 2023).
 */
export const movedSubspace = (value: Matrix, gradient: Matrix, rank: number): Matrix => {
  const { leftSingularVectors, rightSingularVectors } = new SVD(gradient, { autoTranspose: true });
  const first = (vectors: Matrix): Matrix => vectors.subMatrix(0, vectors.rows - 1, 0, rank - 1);
  const moved = Matrix.zeros(value.columns, 2 * rank);
  moved.setSubMatrix(first(rightSingularVectors), 0, 0);
  moved.setSubMatrix(value.transpose().mmul(first(leftSingularVectors)), 0, rank);
  return orthonormal(moved).basis;
};
