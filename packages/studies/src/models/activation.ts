import type { Model } from "@allot/spec";
import type { Tensor, Tracer } from "@allot/tensor";
import { sigmoid, tanh } from "@allot/tensor";

export type Elementwise = Extract<Model, { kind: "mlp" }>["activation"];
/** What follows a layer; softmax goes over its units. */
export type Activation = Elementwise | "softmax";

/** The activation in a traced program. */
export const activate = (t: Tracer, activation: Activation, x: Tensor): Tensor => (activation === "linear" ? x : t[activation](x));

/** The same on one number, float64. */
export const activateNumber: Readonly<Record<Elementwise, (x: number) => number>> = {
  linear: (x) => x,
  relu: (x) => (x > 0 ? x : 0),
  tanh,
  sigmoid,
};
