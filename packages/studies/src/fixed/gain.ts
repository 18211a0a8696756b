import { type Matrix, timesTransposed } from "../models/numbers.ts";

/**
 * The factor on `weights` [units, width] that makes the mean square of the
 * pre-activations, over all units and the given inputs [examples, width], one
 * (studies.md 5a, `Var(a) = 1`; the mean over draws of the weights is zero). float64.
 */
export const unitVarianceGain = (inputs: Matrix, weights: Float64Array): number => {
  const activations = timesTransposed(inputs, weights);
  let squares = 0;
  for (const a of activations) squares += a * a;
  return squares === 0 ? 1 : Math.sqrt(activations.length / squares);
};
