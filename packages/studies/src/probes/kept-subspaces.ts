import { Matrix, SVD } from "ml-matrix";
import { movedSubspace } from "../matrices/moved-subspace.ts";
import { full } from "../parametrisation/full.ts";
import { parametrised } from "../parametrisation/parametrised.ts";
import type { Problem } from "../problems/problem.ts";
import { derivativesOf } from "../run/derivatives.ts";
import type { TensorValue, TrialSetup } from "../run/run.ts";
import { weightsOf } from "./check.ts";
import { matrixOf } from "./spectra.ts";

/** A layer before training, [d, d], and the d − 2r directions in and out of it that the law of parsimony says nothing changes. */
export interface KeptLayer {
  /** W(0) */
  readonly start: Matrix;
  /** P = V₂V₂ᵀ, of its inputs. */
  readonly right: Matrix;
  /** P′ = U₂U₂ᵀ, of its outputs: the next layer's P. */
  readonly left: Matrix;
  /** W(0) P */
  readonly behind: Matrix;
  /** P′ W(0) */
  readonly ahead: Matrix;
  /** ρ(0): the common singular value on them; ε for an orthogonal start. */
  readonly rho: number;
}

interface Options {
  readonly problem: Problem;
  readonly setup: TrialSetup;
  readonly rank: number;
  readonly initial: (name: string) => TensorValue;
}

/** The gradient of the loss in the first weight, every tensor as it is at the start and trained as a whole. */
const firstGradient = ({ problem, setup, initial }: Options): Float64Array => {
  const { tensors } = problem.model;
  const parts = new Map(tensors.map(({ name }) => [name, initial(name).values]));
  return derivativesOf({ problem, setup, parametrised: tensors.map((tensor) => parametrised(tensor, full(tensor))), parts }).gradient(
    weightsOf(problem.model)[0]!.name,
  );
};

/** Of the space that orthonormal columns span. */
const projector = (basis: Matrix): Matrix => basis.mmul(basis.transpose());

/** All weights of a chain by name: P of the first is what its gradient leaves out, and of each next one what the last makes of it (studies.md 4a). */
export const kept = (options: Options): ReadonlyMap<string, KeptLayer> => {
  const { problem, rank, initial } = options;
  const weights = weightsOf(problem.model);
  const size = weights[0]!.fanIn;
  const first = matrixOf(initial(weights[0]!.name));
  const moved = movedSubspace(first, Matrix.from1DArray(size, size, firstGradient(options)), rank);
  const layers = new Map<string, KeptLayer>();
  let right = Matrix.sub(Matrix.eye(size), projector(moved));
  for (const { name } of weights) {
    const start = matrixOf(initial(name));
    const behind = start.mmul(right);
    const left = projector(new SVD(behind).leftSingularVectors.subMatrix(0, size - 1, 0, size - 2 * rank - 1));
    layers.set(name, { start, right, left, behind, ahead: left.mmul(start), rho: behind.norm("frobenius") / Math.sqrt(size - 2 * rank) });
    right = left;
  }
  return layers;
};
