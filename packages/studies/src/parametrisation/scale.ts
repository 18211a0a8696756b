import type { Tensor, Tracer } from "@allot/tensor";
import type { TensorSpec } from "../models/tensors.ts";
import type { Parametrisation } from "./parametrisation.ts";

interface Axis {
  /** Axis of the matrix that has one scale per index: 0 rows, 1 columns. */
  readonly axis: 0 | 1;
  readonly times: (t: Tracer, x: Tensor, o: { fixed: Tensor; scale: Tensor }) => Tensor;
}

const scaled = ({ name, shape }: TensorSpec, { axis, times }: Axis): Parametrisation => {
  const [fixed, scale] = [`${name}:fixed`, `${name}:scale`];
  const columns = shape[1] ?? 1;
  const units = shape[axis] ?? 1;
  return {
    parts: [
      { name: fixed, shape, trained: false },
      { name: scale, shape: [units], trained: true },
    ],
    effective: (t, part) => ({
      value: () => t.mul(part(fixed), t.reshape(part(scale), axis === 0 ? [units, 1] : [1, units])),
      times: (x) => times(t, x, { fixed: part(fixed), scale: part(scale) }),
    }),
    start: ({ value }) =>
      new Map([
        [fixed, value],
        [scale, new Float64Array(units).fill(1)],
      ]),
    value: (content) => {
      const [r, u] = [content(fixed), content(scale)];
      return Float64Array.from(r, (value, i) => value * u[axis === 0 ? Math.floor(i / columns) : i % columns]!);
    },
  };
};

/** diag(u) R, u = 1 at the start: one trained scale per unit (studies.md 5a). As (x·Rᵀ)·u, so that x·Rᵀ of fixed inputs is computed once. */
export const rowScale = (tensor: TensorSpec): Parametrisation =>
  scaled(tensor, { axis: 0, times: (t, x, { fixed, scale }) => t.mul(t.matmul(x, fixed, { transposeB: true }), scale) });

/** R diag(v), v = 1 at the start: one trained scale per input (studies.md 6.2). */
export const colScale = (tensor: TensorSpec): Parametrisation =>
  scaled(tensor, { axis: 1, times: (t, x, { fixed, scale }) => t.matmul(t.mul(x, scale), fixed, { transposeB: true }) });
