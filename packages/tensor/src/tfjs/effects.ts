import type { EffectName } from "../program.ts";
import type { TensorFlow, TfTensor } from "./tensorflow.ts";

interface Update {
  readonly tf: TensorFlow;
  /** The parameter and the optimiser's own states. */
  readonly states: readonly TfTensor[];
  readonly value: TfTensor;
  /** The optimiser's numbers, each in a shape that broadcasts with the parameter. */
  readonly numbers: readonly TfTensor[];
}

/** Every state's new value, from the old ones; the formulas are those of the kernel interface (`kernels.ts`). */
const updates: { readonly [K in EffectName]: (update: Update) => TfTensor[] } = {
  assign: ({ tf, value }) => [tf.clone(value)],
  sgd: ({ tf, states: [p], value: g, numbers: [rate, decay] }) => [tf.sub(p!, tf.mul(tf.add(g, tf.mul(p!, decay!)), rate!))],
  momentum: ({ tf, states: [p, v], value: g, numbers: [rate, momentum, decay] }) => {
    const velocity = tf.add(tf.add(tf.mul(v!, momentum!), g), tf.mul(p!, decay!));
    return [tf.sub(p!, tf.mul(velocity, rate!)), velocity];
  },
  adam: ({ tf, states: [p, m, v], value: g, numbers: [step, b1, b2, epsilon, decay] }) => {
    const first = moving(tf, m!, { value: g, keep: b1! });
    const second = moving(tf, v!, { value: tf.square(g), keep: b2! });
    const move = tf.div(tf.mul(first, step!), tf.add(tf.sqrt(second), epsilon!));
    return [tf.sub(p!, tf.add(move, tf.mul(p!, decay!))), first, second];
  },
  rmsprop: ({ tf, states: [p, v], value: g, numbers: [rate, keep, epsilon, decay] }) => {
    const second = moving(tf, v!, { value: tf.square(g), keep: keep! });
    const move = tf.mul(tf.add(g, tf.mul(p!, decay!)), rate!);
    return [tf.sub(p!, tf.div(move, tf.add(tf.sqrt(second), epsilon!))), second];
  },
};

/** keep·mean + (1 − keep)·value. */
const moving = (tf: TensorFlow, mean: TfTensor, { value, keep }: { value: TfTensor; keep: TfTensor }): TfTensor =>
  tf.add(tf.mul(mean, keep), tf.mul(value, tf.add(tf.neg(keep), 1)));

/** New values of an effect's states; `values` are the value or gradient, then the scalars [trials, n]. */
export const applied = (
  tf: TensorFlow,
  effect: EffectName,
  { states, values }: { readonly states: readonly TfTensor[]; readonly values: readonly TfTensor[] },
): TfTensor[] =>
  tf.tidy(() => {
    const [value, scalars] = values;
    const axes = states[0]!.shape.map(() => 1);
    const [trials = 0, count = 0] = scalars?.shape ?? [];
    const numbers = Array.from({ length: count }, (_, i) => tf.reshape(tf.slice(scalars!, [0, i], [trials, 1]), axes.with(0, trials)));
    return updates[effect]({ tf, states, value: value!, numbers });
  });
