import { exp, log } from "@allot/tensor";
import { EVD, Matrix, SVD } from "ml-matrix";
import type { Matrix as Rows } from "../models/numbers.ts";

/** Below this share of the largest, a singular value is rounding. */
const rounding = 1e-10;

/** How an amount is spread over directions; the amounts are variances, largest first, none negative. */
export interface Spectrum {
  readonly rank: number;
  /** exp of the entropy of the singular values' shares (Roy and Vetterli 2007). */
  readonly effectiveRank: number;
  /** (Σλ)² / Σλ²: how many directions of equal variance would have as much concentration. */
  readonly participationRatio: number;
  /** Directions that hold 95 % of the variance. */
  readonly components95: number;
}

const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);

/** The spectrum of variances λ, the squares of the singular values. */
export const spectrumOf = (variances: readonly number[]): Spectrum => {
  const sorted = variances.map((value) => Math.max(value, 0)).toSorted((a, b) => b - a);
  const total = sumOf(sorted);
  if (total === 0) return { rank: 0, effectiveRank: 0, participationRatio: 0, components95: 0 };
  const singular = sorted.map(Math.sqrt);
  const shares = singular.map((value) => value / sumOf(singular)).filter((share) => share > 0);
  let held = 0;
  const components95 = 1 + sorted.findIndex((value) => (held += value) >= 0.95 * total);
  return {
    rank: sorted.filter((value) => value > rounding * sorted[0]!).length,
    effectiveRank: exp(-sumOf(shares.map((share) => share * log(share)))),
    participationRatio: total ** 2 / sumOf(sorted.map((value) => value ** 2)),
    components95,
  };
};

/** Xᵀ X / rows, or X Xᵀ / rows where that is smaller: they have the same eigenvalues but for zeros. */
const secondMoments = ({ values, width }: Rows): Matrix => {
  const rows = values.length / width;
  const [count, length, at] =
    width <= rows ? [width, rows, (i: number, k: number) => values[k * width + i]!] : [rows, width, (i: number, k: number) => values[i * width + k]!];
  const lines = Array.from({ length: count }, (_, i) => Float64Array.from({ length }, (__, k) => at(i, k)));
  const moments = Matrix.zeros(count, count);
  for (const [i, a] of lines.entries()) {
    for (let j = 0; j <= i; j++) {
      const b = lines[j]!;
      let sum = 0;
      for (let k = 0; k < length; k++) sum += a[k]! * b[k]!;
      moments.set(i, j, sum / rows);
      moments.set(j, i, sum / rows);
    }
  }
  return moments;
};

/** Eigenvalues of Xᵀ X / rows that are not zero by shape alone. */
export const momentsOf = (x: Rows): number[] => new EVD(secondMoments(x), { assumeSymmetric: true }).realEigenvalues;

/** Singular values of Yᵀ X / rows, X [rows, inputs] and Y [rows, outputs]: what a linear network has to learn of whitened inputs. */
export const crossSpectrum = (y: Rows, x: Rows): number[] => {
  const rows = x.values.length / x.width;
  const cross = Matrix.zeros(y.width, x.width);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < y.width; i++) {
      const weight = y.values[row * y.width + i]! / rows;
      if (weight === 0) continue;
      for (let j = 0; j < x.width; j++) cross.set(i, j, cross.get(i, j) + weight * x.values[row * x.width + j]!);
    }
  }
  return new SVD(cross, { autoTranspose: true, computeLeftSingularVectors: false, computeRightSingularVectors: false }).diagonal;
};
