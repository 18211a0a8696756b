import { sizeOf, type TensorSpec } from "../models/tensors.ts";
import { directly, type Parametrised } from "./parametrisation.ts";

/** R: nothing is trained; every entry is stored. */
export const frozen = (tensor: TensorSpec): Parametrised => {
  const { shape } = tensor;
  const name = `${tensor.name}:fixed`;
  const size = sizeOf(shape);
  return {
    tensor,
    slots: [{ name, shape, role: "fixed" }],
    bind: (t) => ({ effective: directly(t, t.constant(name, shape)), learnable: [] }),
    start: ({ value }) => new Map([[name, value]]),
    counts: () => ({ trained: 0, total: size }),
    free: () => new Int32Array(),
    value: (read) => Float64Array.from(read(name)),
  };
};
