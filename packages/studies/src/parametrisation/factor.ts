import { Matrix } from "ml-matrix";
import type { FactorForm } from "../allocation/form.ts";
import { movedSubspace } from "../matrices/moved-subspace.ts";
import { orthonormal } from "../matrices/orthonormal.ts";
import type { TensorSpec } from "../models/tensors.ts";
import type { Parametrisation } from "./parametrisation.ts";
import { product } from "./product.ts";

const matrixOf = (values: Float64Array, columns: number): Matrix => Matrix.from1DArray(values.length / columns, columns, values);

/** W(0) restricted to what the gradient at the start moves: V spans that, U is an orthonormal basis of W(0) V, and C = Uᵀ W(0) V. */
const restricted = (value: Matrix, gradient: Matrix, rank: number): { left: Matrix; core: Matrix; right: Matrix } => {
  const right = movedSubspace(value, gradient, rank);
  const { basis: left, triangle: core } = orthonormal(value.mmul(right));
  return { left, core, right: right.transpose() };
};

/**
 * U C Vᵀ with a trained core C [2r, 2r] (studies.md 4a; the compression of the
 * law of parsimony, Yaras et al. 2023). The tensors of a scope count as one
 * product W_L ⋯ W_1: of their outer factors only the two at its ends, V of the
 * first and U of the last, are trained, at `multiplier` times the learning
 * rate, and none of them where that is 0.
 */
export const factor = ({ name, shape }: TensorSpec, { rank, multiplier, first, last }: FactorForm): Parametrisation => {
  const [rows = 1, columns = 1] = shape;
  const width = 2 * rank;
  const [left, core, right] = [`${name}:left`, `${name}:core`, `${name}:right`];
  return {
    parts: [
      { name: left, shape: [rows, width], trained: last && multiplier > 0, multiplier },
      { name: core, shape: [width, width], trained: true },
      { name: right, shape: [width, columns], trained: first && multiplier > 0, multiplier },
    ],
    effective: (t, part) => ({
      value: () => t.matmul(part(left), t.matmul(part(core), part(right))),
      times: (x) => [right, core, left].reduce((h, factored) => t.matmul(h, part(factored), { transposeB: true }), x),
    }),
    value: (content) => product(content(left), product(content(core), content(right), width), width),
    start: ({ value, gradient }) => {
      const parts = restricted(matrixOf(value, columns), matrixOf(gradient(), columns), rank);
      return new Map([
        [left, parts.left.to1DArray()],
        [core, parts.core.to1DArray()],
        [right, parts.right.to1DArray()],
      ]);
    },
  };
};
