import type { Tensor, Tracer } from "@allot/tensor";
import { type Activation, activate } from "./activation.ts";
import { positionOf } from "./positions.ts";
import type { Effective, Layer } from "./tensors.ts";

/** z_t = W h_{t−1} + below_t and h_t = g(z_t), h_0 = 0, for `below` [rows, length, units]: of each position, [rows, units]. */
export const recur = (t: Tracer, below: Tensor, { recurrent, activation }: { recurrent: Effective; activation: Activation }): Layer[] => {
  const found: Layer[] = [];
  for (let at = 0; at < below.shape[1]!; at++) {
    const [now, before] = [positionOf(t, below, at), found.at(-1)];
    const z = before === undefined ? now : t.add(now, recurrent.times(before.h));
    found.push({ z, h: activate(t, activation, z) });
  }
  return found;
};

/** [rows, units] of each position → [rows, length, units]. */
export const joined = (t: Tracer, each: readonly Tensor[]): Tensor => {
  const [rows, units] = [each[0]!.shape[0]!, each[0]!.shape[1]!];
  const apart = each.map((one) => t.reshape(one, [rows, 1, units]));
  return t.concat(apart, 1);
};
