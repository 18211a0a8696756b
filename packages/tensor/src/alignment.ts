import type { Tensor } from "./program.ts";
import { sizeOf } from "./shape.ts";
import type { Tracer } from "./trace.ts";

/** Inner products of the rows of x [n, ...features], each less the mean row: HXXᵀH with H = I − 11ᵀ/n → [n, n]. */
export function centredGram(t: Tracer, x: Tensor): Tensor {
  const rows = t.reshape(x, [x.shape[0]!, sizeOf(x.shape.slice(1))]);
  return t.gram(t.sub(rows, t.mean(rows, [0], true)));
}

/** HKH of a Gram matrix K [n, n] that was made elsewhere: its rows and columns less their means. */
export function centred(t: Tracer, gram: Tensor): Tensor {
  const rows = t.sub(gram, t.mean(gram, [1], true));
  return t.sub(rows, t.mean(rows, [0], true));
}

/** The root of a sum of squares, with a finite gradient where there is nothing to sum. */
const root = (t: Tracer, sum: Tensor): Tensor => t.sqrt(t.affine(sum, 1, 1e-30));

/**
 * Linear CKA ⟨K, L⟩ / (‖K‖ ‖L‖) of two centred Gram matrices over the same rows (Kornblith et al. 2019, the biased estimator) → a scalar,
 * 1 for representations that differ by rotation and scale; 0, without a gradient, where one of them is the same for every row.
 */
export function linearCka(t: Tracer, k: Tensor, l: Tensor): Tensor {
  const norm = (gram: Tensor): Tensor => root(t, t.sum(t.square(gram)));
  return t.div(t.sum(t.mul(k, l)), t.mul(norm(k), norm(l)));
}

/** Squared Euclidean distances between the rows of x [n, ...features] → [n, n], zero on the diagonal up to rounding. */
export function squaredDistances(t: Tracer, x: Tensor): Tensor {
  const rows = t.reshape(x, [x.shape[0]!, sizeOf(x.shape.slice(1))]);
  const fromMean = t.sub(rows, t.mean(rows, [0], true)); // smaller numbers to take differences of
  const norms = t.sum(t.square(fromMean), [1], true);
  return t.sub(t.add(norms, t.transpose(norms)), t.affine(t.gram(fromMean), 2));
}

/**
 * Pearson's correlation of two matrices of distances over the same rows, each pair of rows counted once (representational similarity
 * analysis, Kriegeskorte et al. 2008) → a scalar; 0 where all distances are equal.
 */
export function distanceCorrelation(t: Tracer, d: Tensor, e: Tensor): Tensor {
  const rows = d.shape[0]!;
  const mean = (distances: Tensor): Tensor => t.affine(t.sum(distances), 1 / (rows * (rows - 1)));
  const [mu, nu] = [mean(d), mean(e)];
  const [x, y] = [t.sub(d, mu), t.sub(e, nu)];
  // The diagonal's zeros are no pairs: of them the sums over all entries hold rows times the product of the means.
  const covariance = (a: Tensor, b: Tensor, means: Tensor): Tensor => t.sub(t.sum(t.mul(a, b)), t.affine(means, rows));
  return t.div(covariance(x, y, t.mul(mu, nu)), t.mul(root(t, covariance(x, x, t.square(mu))), root(t, covariance(y, y, t.square(nu)))));
}
