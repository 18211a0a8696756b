import { type Shape, ShapeError, show } from "./shape.ts";

/** Vertical and horizontal. */
export type Pair = readonly [number, number];

/** A window that slides over height and width of [batch, height, width, channels]. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  /** Rows and columns without elements, before the first and after the last. */
  readonly before: Pair;
  readonly after: Pair;
}

/**
 * `valid`: the window stays on the image. `same`: ⌈extent / stride⌉ positions, with what that needs beyond the image shared out to
 * both sides, the odd one behind (TensorFlow's rule).
 */
export type Padding = "valid" | "same";

/** The window of a kernel over an image of `extent`. */
export function windowOver(extent: Pair, { kernel, stride, padding }: { kernel: Pair; stride: Pair; padding: Padding }): Window {
  const sides = [0, 1].map((axis) => {
    if (padding === "valid") return [0, 0];
    const missing = Math.max(0, (Math.ceil(extent[axis]! / stride[axis]!) - 1) * stride[axis]! + kernel[axis]! - extent[axis]!);
    return [Math.floor(missing / 2), Math.ceil(missing / 2)];
  });
  return { kernel, stride, before: [sides[0]![0]!, sides[1]![0]!], after: [sides[0]![1]!, sides[1]![1]!] };
}

/** How many positions the window takes down and across; throws ShapeError naming `op` where it does not fit or could lie beside the image. */
export function positions(op: string, { kernel, stride, before, after }: Window, image: Shape): Pair {
  if (image.length !== 4) throw new ShapeError(`${op}: the operand must be [batch, height, width, channels]; shape ${show(image)}`);
  const count = (axis: 0 | 1): number => {
    const [k, s, b, a, extent] = [kernel[axis], stride[axis], before[axis], after[axis], image[1 + axis]!];
    const whole = [k, s, b, a].every(Number.isSafeInteger) && k > 0 && s > 0 && b >= 0 && a >= 0;
    if (!whole || b >= k || a >= k)
      throw new ShapeError(`${op}: kernel ${show(kernel)} with stride ${show(stride)} and padding ${show(before)}, ${show(after)}`);
    if (extent + b + a < k) throw new ShapeError(`${op}: kernel ${show(kernel)} is larger than the image of shape ${show(image)}`);
    return Math.floor((extent + b + a - k) / s) + 1;
  };
  return [count(0), count(1)];
}
