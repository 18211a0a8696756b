import { type Key, normals } from "@allot/tensor";
import { Matrix, QrDecomposition } from "ml-matrix";

/** Columns with an orthonormal basis Q of their span, and R = Qᵀ·columns with no negative diagonal. */
export const orthonormal = (columns: Matrix): { basis: Matrix; triangle: Matrix } => {
  const decomposition = new QrDecomposition(columns);
  const [basis, triangle] = [decomposition.orthogonalMatrix, decomposition.upperTriangularMatrix];
  for (const [k, value] of triangle.diagonal().entries()) {
    if (value >= 0) continue;
    basis.mulColumn(k, -1);
    triangle.mulRow(k, -1);
  }
  return { basis, triangle };
};

/** A uniformly random matrix [rows, columns] of which the rows or the columns, whichever are fewer, are orthonormal (Mezzadri 2007, section 5). */
export const semiOrthogonal = (key: Key, rows: number, columns: number): Matrix => {
  const [long, short] = [Math.max(rows, columns), Math.min(rows, columns)];
  const { basis } = orthonormal(Matrix.from1DArray(long, short, normals(key, long * short)));
  return rows >= columns ? basis : basis.transpose();
};
