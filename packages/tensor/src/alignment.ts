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

/**
 * Linear CKA ⟨K, L⟩ / (‖K‖ ‖L‖) of two centred Gram matrices over the same rows (Kornblith et al. 2019, the biased estimator) → a scalar,
 * 1 for representations that differ by rotation and scale; NaN where one of them is the same for every row.
 */
export function linearCka(t: Tracer, k: Tensor, l: Tensor): Tensor {
  const norm = (gram: Tensor): Tensor => t.sqrt(t.sum(t.square(gram)));
  return t.div(t.sum(t.mul(k, l)), t.mul(norm(k), norm(l)));
}
