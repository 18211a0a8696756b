import type { Place } from "./place.ts";
import type { TensorValue } from "./run.ts";

/** One of a trial's effective tensors at the present step. */
export const effectiveTensor = ({ plan, session, trial }: Place, name: string): TensorValue => {
  const { tensor, value } = plan.parametrised.find((one) => one.tensor.name === name)!;
  return { shape: tensor.shape, values: value((slot) => session.view(slot, trial)) };
};
