import { sizeOf, type TensorSpec } from "../models/tensors.ts";
import { directly, type Parametrised, type Start } from "./parametrisation.ts";

const maskOf = ({ mask }: Start, name: string): Uint8Array => {
  if (mask === undefined) throw new TypeError(`${name} has no mask`);
  return mask;
};

const chosen = (mask: Uint8Array): Int32Array => Int32Array.from([...mask.keys()].filter((i) => mask[i] === 1));

/** c + M ⊙ φ: the entries of a 0/1 mask M are trained, φ starts at 0 (studies.md 6.2; the allocation of 1a). */
export const mask = (tensor: TensorSpec): Parametrised => {
  const { shape, name } = tensor;
  const [fixed, where, delta] = [`${name}:fixed`, `${name}:mask`, `${name}:delta`];
  return {
    tensor,
    slots: [
      { name: fixed, shape, role: "fixed" },
      { name: where, shape, role: "mask" },
      { name: delta, shape, role: "learnable" },
    ],
    bind: (t) => {
      const state = t.state(delta, shape);
      const value = t.add(t.constant(fixed, shape), t.mul(t.constant(where, shape), state));
      return { effective: directly(t, value), learnable: [{ name: delta, tensor: state }] };
    },
    start: (start) =>
      new Map<string, ArrayLike<number>>([
        [fixed, start.value],
        [where, maskOf(start, name)],
        [delta, new Float64Array(sizeOf(shape))],
      ]),
    counts: (start) => ({ trained: chosen(maskOf(start, name)).length, total: sizeOf(shape) }),
    free: (_slot, start) => chosen(maskOf(start, name)),
    value: (read) => {
      const [c, m, phi] = [read(fixed), read(where), read(delta)];
      return Float64Array.from(c, (value, i) => value + m[i]! * phi[i]!);
    },
  };
};
