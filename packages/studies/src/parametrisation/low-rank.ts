import type { TensorSpec } from "../models/tensors.ts";
import type { Parametrisation } from "./parametrisation.ts";
import { product } from "./product.ts";

/**
 * R + A B: a fixed matrix and a trained one of rank `rank`, A [out, rank] and
 * B [rank, in] (studies.md 6.2; LoRA, Hu et al. 2021, section 4.1). A = 0 at
 * the start and B ~ N(0, 1/in), so that training starts from R.
 */
export const lowRank = ({ name, shape, fanIn }: TensorSpec, rank: number): Parametrisation => {
  const [rows = 1, columns = 1] = shape;
  const [fixed, left, right] = [`${name}:fixed`, `${name}:left`, `${name}:right`];
  return {
    parts: [
      { name: fixed, shape, trained: false },
      { name: left, shape: [rows, rank], trained: true },
      { name: right, shape: [rank, columns], trained: true },
    ],
    effective: (t, part) => ({
      value: () => t.add(part(fixed), t.matmul(part(left), part(right))),
      times: (x) => {
        const low = t.matmul(x, part(right), { transposeB: true }); // [examples, rank]
        return t.add(t.matmul(x, part(fixed), { transposeB: true }), t.matmul(low, part(left), { transposeB: true }));
      },
    }),
    value: (content) => {
      const change = product(content(left), content(right), rank);
      return Float64Array.from(content(fixed), (value, i) => value + change[i]!);
    },
    start: ({ value, normals }) =>
      new Map<string, ArrayLike<number>>([
        [fixed, value],
        [left, new Float64Array(rows * rank)],
        [right, normals(right, rank * columns).map((draw) => draw / Math.sqrt(fanIn))],
      ]),
  };
};
