import type { Tensor, Tracer } from "@allot/tensor";
import { sizeOf, type TensorSpec } from "../models/tensors.ts";
import { everyPosition, type Parametrised } from "./parametrisation.ts";

interface Axis {
  /** Axis of the matrix that has one scale per index: 0 rows, 1 columns. */
  readonly axis: 0 | 1;
  readonly times: (t: Tracer, x: Tensor, o: { fixed: Tensor; scale: Tensor }) => Tensor;
}

const scaled = (tensor: TensorSpec, { axis, times }: Axis): Parametrised => {
  const { shape } = tensor;
  const [fixed, scale] = [`${tensor.name}:fixed`, `${tensor.name}:scale`];
  const columns = shape[1] ?? 1;
  const units = shape[axis] ?? 1;
  return {
    tensor,
    slots: [
      { name: fixed, shape, role: "fixed" },
      { name: scale, shape: [units], role: "learnable" },
    ],
    bind: (t) => {
      const constant = t.constant(fixed, shape);
      const state = t.state(scale, [units]);
      return {
        effective: {
          value: () => t.mul(constant, t.reshape(state, axis === 0 ? [units, 1] : [1, units])),
          times: (x) => times(t, x, { fixed: constant, scale: state }),
        },
        learnable: [{ name: scale, tensor: state }],
      };
    },
    start: ({ value }) =>
      new Map([
        [fixed, value],
        [scale, new Float64Array(units).fill(1)],
      ]),
    counts: () => ({ trained: units, total: sizeOf(shape) + units }),
    free: () => everyPosition(units),
    value: (read) => {
      const [r, u] = [read(fixed), read(scale)];
      return Float64Array.from(r, (value, i) => value * u[axis === 0 ? Math.floor(i / columns) : i % columns]!);
    },
  };
};

/** diag(u) R, u = 1 at the start: one trained scale per unit (studies.md 5a). As (x·Rᵀ)·u, so that x·Rᵀ of fixed inputs is computed once. */
export const rowScale = (tensor: TensorSpec): Parametrised =>
  scaled(tensor, { axis: 0, times: (t, x, { fixed, scale }) => t.mul(t.matmul(x, fixed, { transposeB: true }), scale) });

/** R diag(v), v = 1 at the start: one trained scale per input (studies.md 6.2). */
export const colScale = (tensor: TensorSpec): Parametrised =>
  scaled(tensor, { axis: 1, times: (t, x, { fixed, scale }) => t.matmul(t.mul(x, scale), fixed, { transposeB: true }) });
