import type { Model } from "@allot/spec";
import type { Tensor, Tracer } from "@allot/tensor";
import { sigmoid, tanh } from "@allot/tensor";

export type Activation = Extract<Model, { kind: "mlp" }>["activation"];

/** The activation in a traced program. */
export const activate = (t: Tracer, activation: Activation, x: Tensor): Tensor => (activation === "linear" ? x : t[activation](x));

/** The same on one number, float64. */
export const activateNumber: Readonly<Record<Activation, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => (x > 0 ? x : 0),
  tanh,
  sigmoid,
};
