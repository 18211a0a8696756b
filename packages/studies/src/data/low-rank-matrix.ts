import type { Data, Study } from "@allot/spec";
import { deriveKey, type Key, normals, permutation } from "@allot/tensor";
import { Matrix, SVD } from "ml-matrix";
import { StudyError } from "../errors.ts";
import { dataSizes } from "./sizes.ts";

export type LowRankMatrix = Extract<Data, { kind: "lowRankMatrix" }>;

/** Throws StudyError for a rank that no matrix of the size has. */
export const checkLowRank = (study: Study): void => {
  const { data } = study;
  if (data.kind !== "lowRankMatrix") return;
  const { inputs, outputs } = dataSizes(study)!;
  const most = Math.min(inputs, outputs);
  if (data.rank > most) throw new StudyError("data.rank", `${data.rank} is more than the ${most} that a ${outputs}×${inputs} matrix can have: lower it`);
};

/** What a key draws. */
export interface Completion {
  /** Φᵀ [columns, rows]: row j is what the j-th unit vector is mapped to. */
  readonly targets: Float64Array;
  /** 1 where an entry of `targets` is known, else 0: ⌊observed · entries⌋ of them, any with the same probability. */
  readonly known: Float64Array;
}

/** A standard Gaussian matrix Φ [rows, columns] truncated to its first `rank` singular values, and which entries of it are known (studies.md 4a). */
export const drawCompletion = ({ rank, observed, rows, columns = rows }: LowRankMatrix, key: Key): Completion => {
  const drawn = Matrix.from1DArray(rows, columns, normals(deriveKey(key, "matrix"), rows * columns));
  const { leftSingularVectors, rightSingularVectors, diagonal } = new SVD(drawn, { autoTranspose: true });
  const first = (vectors: Matrix): Matrix => vectors.subMatrix(0, vectors.rows - 1, 0, rank - 1);
  const scaled = first(rightSingularVectors).mulRowVector(diagonal.slice(0, rank)); // V Σ, [columns, rank]
  const targets = Float64Array.from(scaled.mmul(first(leftSingularVectors).transpose()).to1DArray());
  const known = new Float64Array(rows * columns);
  for (const at of permutation(deriveKey(key, "observed"), known.length).subarray(0, Math.floor(observed * known.length))) known[at] = 1;
  return { targets, known };
};
