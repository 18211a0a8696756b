import { sizeOf, type TensorSpec } from "../models/tensors.ts";
import { directly, everyPosition, type Parametrised } from "./parametrisation.ts";

/** W itself: every entry is trained. */
export const full = (tensor: TensorSpec): Parametrised => {
  const { name, shape } = tensor;
  const size = sizeOf(shape);
  return {
    tensor,
    slots: [{ name, shape, role: "learnable" }],
    bind: (t) => {
      const state = t.state(name, shape);
      return { effective: directly(t, state), learnable: [{ name, tensor: state }] };
    },
    start: ({ value }) => new Map([[name, value]]),
    counts: () => ({ trained: size, total: size }),
    free: () => everyPosition(size),
    value: (read) => Float64Array.from(read(name)),
  };
};
