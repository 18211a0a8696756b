import type { Guidance } from "@allot/spec";
import { centred, centredGram, distanceCorrelation, linearCka, squaredDistances, type Tensor, type Tracer } from "@allot/tensor";

/** How alike two layers see the same examples: 1 where they see them alike. */
export interface Similarity {
  /** What a layer says of every two of the examples x [n, …] → [n, n]. */
  readonly between: (t: Tracer, x: Tensor) => Tensor;
  /** Similarity of such a matrix to one of a guide's over the same examples, which may be cut from a larger one → a scalar. */
  readonly of: (t: Tracer, own: Tensor, guide: Tensor) => Tensor;
}

/** By the name of a term's `distance`, which is 1 − similarity. */
export const similarities: Readonly<Record<Guidance["distance"], Similarity>> = {
  centredKernelAlignment: { between: centredGram, of: (t, own, guide) => linearCka(t, own, centred(t, guide)) },
  representationalSimilarity: { between: squaredDistances, of: distanceCorrelation },
};
