import type { TensorFlow, TfTensor } from "./tensorflow.ts";

/**
 * Every value has the trials as its first axis: [K, ...shape], or [1, ...shape] where it is the same for all of them.
 */

/** How many trials' values a tensor holds. */
export const trialsOf = (x: TfTensor): number => x.shape[0]!;

/** The shape of one trial's value. */
export const shapeOf = (x: TfTensor): number[] => x.shape.slice(1);

/** Ones put behind the trial axis, so that shapes of `rank` axes a trial broadcast from the right as they do without trials. */
export const aligned = (tf: TensorFlow, x: TfTensor, rank: number): TfTensor => {
  const shape = shapeOf(x);
  return shape.length === rank ? x : tf.reshape(x, [trialsOf(x), ...Array.from({ length: rank - shape.length }, () => 1), ...shape]);
};

/** The value for each of `trials`. */
export const spread = (tf: TensorFlow, x: TfTensor, trials: number): TfTensor => (trialsOf(x) === trials ? x : tf.broadcastTo(x, [trials, ...shapeOf(x)]));

/** The value of one trial alone, as [1, ...shape]. */
export const only = (tf: TensorFlow, x: TfTensor, trial: number): TfTensor => (trialsOf(x) === 1 ? x : between(tf, x, [trial, trial + 1]));

/** `x` with one trial's value replaced. */
export const replaced = (tf: TensorFlow, x: TfTensor, { trial, value }: { trial: number; value: TfTensor }): TfTensor => {
  const trials = trialsOf(x);
  const parts = [...(trial > 0 ? [between(tf, x, [0, trial])] : []), value, ...(trial + 1 < trials ? [between(tf, x, [trial + 1, trials])] : [])];
  return parts.length === 1 ? value : tf.concat(parts, 0);
};

const between = (tf: TensorFlow, x: TfTensor, [from, to]: [number, number]): TfTensor =>
  tf.slice(x, [from, ...shapeOf(x).map(() => 0)], [to - from, ...shapeOf(x)]);
