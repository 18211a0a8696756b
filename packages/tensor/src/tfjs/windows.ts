import type { Pair, Window } from "../window.ts";
import type { TensorFlow, TfTensor } from "./tensorflow.ts";
import { spread, trialsOf } from "./trial-axis.ts";

type Padding = [number, number];
const none: Padding = [0, 0];

/** A window over images, with its positions down and across and the image's extent with what is around it. */
interface Slide extends Window {
  readonly tf: TensorFlow;
  readonly image: Pair;
  readonly count: Pair;
  /** From the first element to the last that one place of the window meets. */
  readonly span: Pair;
}

const slideOver = (tf: TensorFlow, window: Window, image: Pair): Slide => {
  const along = (axis: 0 | 1): number => {
    const { kernel, stride, before, after } = window;
    return Math.floor((image[axis] + before[axis] + after[axis] - kernel[axis]) / stride[axis]) + 1;
  };
  const count: Pair = [along(0), along(1)];
  const span: Pair = [(count[0] - 1) * window.stride[0] + 1, (count[1] - 1) * window.stride[1] + 1];
  const { kernel, stride, before, after } = window;
  return { kernel, stride, before, after, tf, image, count, span };
};

/** The places below the window, row by row. */
const places = ({ kernel: [height, width] }: Window): Pair[] => Array.from({ length: height * width }, (_, i): Pair => [Math.floor(i / width), i % width]);

/** What each place below the window meets: n images [n, height, width, c] → of each place [n, down, across, c]. @param beside what lies beside an image */
const met = ({ tf, stride, before, after, span, ...window }: Slide, images: TfTensor, beside: number): TfTensor[] => {
  const [n, , , c] = images.shape;
  const padded = tf.pad(images, [none, [before[0], after[0]], [before[1], after[1]], none], beside);
  return places({ stride, before, after, ...window }).map(([y, x]) =>
    tf.stridedSlice(padded, [0, y, x, 0], [n!, y + span[0], x + span[1], c!], [1, ...stride, 1]),
  );
};

/** The adjoint of `met`: adds all up where they were met. */
const giveBack = (slide: Slide, parts: readonly TfTensor[]): TfTensor => {
  const { tf, stride, before, after, image, count, span } = slide;
  const [n, , , c] = parts[0]!.shape;
  const extent = [image[0] + before[0] + after[0], image[1] + before[1] + after[1]] as const;
  const whole = places(slide)
    .map(([y, x], place) => {
      const rows = tf.reshape(parts[place]!, [n!, count[0], 1, count[1], 1, c!]);
      // Zeros between the positions: [n, down, stride, across, stride, c].
      const apart = tf.pad(rows, [none, none, [0, stride[0] - 1], none, [0, stride[1] - 1], none], 0);
      const wide = tf.slice(tf.reshape(apart, [n!, count[0] * stride[0], count[1] * stride[1], c!]), [0, 0, 0, 0], [n!, ...span, c!]);
      return tf.pad(wide, [none, [y, extent[0] - y - span[0]], [x, extent[1] - x - span[1]], none], 0);
    })
    .reduce((a, b) => tf.add(a, b));
  return tf.slice(whole, [0, ...before, 0], [n!, ...image, c!]);
};

/** [trials, batch, ...] → [trials · batch, ...] */
const behindOneAnother = (tf: TensorFlow, x: TfTensor): TfTensor => tf.reshape(x, [x.shape[0]! * x.shape[1]!, ...x.shape.slice(2)]);
/** [trials · batch, ...] → [trials, batch, ...] */
const byTrial = (tf: TensorFlow, x: TfTensor, trials: number): TfTensor => tf.reshape(x, [trials, x.shape[0]! / trials, ...x.shape.slice(1)]);

const imageOf = ({ shape }: TfTensor): Pair => [shape[2]!, shape[3]!];

export const patches = (tf: TensorFlow, window: Window, [x]: readonly TfTensor[]): TfTensor =>
  byTrial(tf, tf.concat(met(slideOver(tf, window, imageOf(x!)), behindOneAnother(tf, x!), 0), 3), trialsOf(x!));

export const unpatches = (tf: TensorFlow, { height, width, ...window }: Window & { height: number; width: number }, [x]: readonly TfTensor[]): TfTensor => {
  const slide = slideOver(tf, window, [height, width]);
  const all = behindOneAnother(tf, x!);
  const [n, down, across, channels] = all.shape;
  const c = channels! / (window.kernel[0] * window.kernel[1]);
  const parts = places(window).map((_, place) => tf.slice(all, [0, 0, 0, place * c], [n!, down!, across!, c]));
  return byTrial(tf, giveBack(slide, parts), trialsOf(x!));
};

export const maxPool = (tf: TensorFlow, window: Window, [x]: readonly TfTensor[]): TfTensor => {
  const parts = met(slideOver(tf, window, imageOf(x!)), behindOneAnother(tf, x!), Number.NEGATIVE_INFINITY);
  return byTrial(
    tf,
    parts.reduce((a, b) => tf.maximum(a, b)),
    trialsOf(x!),
  );
};

/** upstream where x is the first largest below the window. */
export const maxPoolGradient = (tf: TensorFlow, window: Window, inputs: readonly TfTensor[]): TfTensor => {
  const trials = Math.max(...inputs.map(trialsOf));
  const [x, pooled, upstream] = inputs.map((one) => behindOneAnother(tf, spread(tf, one, trials)));
  const slide = slideOver(tf, window, imageOf(inputs[0]!));
  let left = upstream!;
  const parts = met(slide, x!, Number.NEGATIVE_INFINITY).map((part) => {
    const taken = tf.mul(left, tf.cast(tf.equal(part, pooled!), "float32"));
    left = tf.sub(left, taken);
    return taken;
  });
  return byTrial(tf, giveBack(slide, parts), trials);
};
