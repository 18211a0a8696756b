import type { TensorSpec } from "../models/tensors.ts";
import type { Parametrisation } from "./parametrisation.ts";
import { product } from "./product.ts";

/**
 * Z A: a fixed random Z [out, rank] mixes the rows of a trained A [rank, in]
 * (HalfNet's Z Aᵀ, studies.md 5a and 6.2). Z has variance 1/rank and A starts as
 * the first rows of what the initialiser draws for the tensor, whose variance
 * Z A then has too; times a gain where the rule's `fixed` asks for one.
 */
export const mixRandom = ({ name, shape }: TensorSpec, rank: number): Parametrisation => {
  const [rows = 1, columns = 1] = shape;
  const [left, right] = [`${name}:left`, `${name}:right`];
  return {
    parts: [
      { name: left, shape: [rows, rank], trained: false },
      { name: right, shape: [rank, columns], trained: true },
    ],
    effective: (t, part) => ({
      value: () => t.matmul(part(left), part(right)),
      times: (x) => t.matmul(t.matmul(x, part(right), { transposeB: true }), part(left), { transposeB: true }),
    }),
    value: (content) => product(content(left), content(right), rank),
    start: ({ value, fixed, gain }) => {
      const mixing = fixed([rows, rank]);
      const learned = value.subarray(0, rank * columns);
      const scale = gain(product(mixing, learned, rank));
      return new Map([
        [left, mixing.map((draw) => scale * draw)],
        [right, learned],
      ]);
    },
  };
};
