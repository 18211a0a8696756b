import { exp, log } from "@allot/tensor";
import { type Matrix, SVD } from "ml-matrix";

/** Largest first. */
export const singularValues = (matrix: Matrix): number[] =>
  new SVD(matrix, { autoTranspose: true, computeLeftSingularVectors: false, computeRightSingularVectors: false }).diagonal;

/** exp of the entropy of the singular values' shares of their sum, 1 … their number (Roy and Vetterli 2007, definition 1); undefined where all are 0. */
export const effectiveRank = (values: readonly number[]): number | undefined => {
  const sum = values.reduce((a, b) => a + b, 0);
  if (sum === 0) return undefined;
  const shares = values.map((value) => value / sum).filter((share) => share > 0);
  return exp(-shares.reduce((entropy, share) => entropy + share * log(share), 0));
};
