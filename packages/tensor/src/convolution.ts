import type { Ops } from "./ops.ts";
import type { Node, Tensor } from "./program.ts";
import { type Shape, ShapeError, show, sizeOf } from "./shape.ts";
import { type Padding, type Pair, positions, type Window, windowOver } from "./window.ts";

/** How a window moves: elements from one position to the next (default 1), and what it does at the edges (default `valid`). */
export interface Stepping {
  readonly stride?: number;
  readonly padding?: Padding;
}

/** Stepping of a pool over windows of these extents, whose stride is by default their extent. */
export interface Pooling extends Stepping {
  readonly window: Shape;
}

/** An operand with one or two axes between batch and channels, as an image, and the way back. */
interface Image {
  readonly x: Node;
  readonly extent: Pair;
  /** [kernel, ...] of one or two extents as vertical and horizontal. */
  pair(extents: Shape): Pair;
  result(y: Tensor): Node;
}

function imageOf(ops: Ops, op: string, { x, axes }: { x: Tensor; axes: number }): Image {
  if (x.shape.length !== axes + 2 || axes < 1 || axes > 2) {
    throw new ShapeError(`${op}: a window of ${axes} axes slides over [batch, ${axes === 2 ? "height, width" : "length"}, channels]; shape ${show(x.shape)}`);
  }
  const pair = (extents: Shape, missing: number): Pair => (axes === 2 ? [extents[0]!, extents[1]!] : [missing, extents[0]!]);
  const extent = pair(x.shape.slice(1, -1), 1);
  return {
    x: ops.reshape(x, [x.shape[0]!, ...extent, x.shape.at(-1)!]),
    extent,
    pair: (extents) => pair(extents, 1),
    result: (y) => ops.reshape(y, axes === 2 ? y.shape : [y.shape[0]!, y.shape[2]!, y.shape[3]!]),
  };
}

interface Sliding extends Stepping {
  readonly x: Tensor;
  /** Extents of the window. */
  readonly window: Shape;
}

/** What lies below a window in each of its positions, with zeros beside the image: [batch, ...extents, channels] → [batch, ...positions, window·channels]. */
export function patches(ops: Ops, { x, window, stride = 1, padding = "valid" }: Sliding, op = "patches"): Node {
  const image = imageOf(ops, op, { x, axes: window.length });
  const slide = windowOver(image.extent, { kernel: image.pair(window), stride: image.pair([stride, stride]), padding });
  return image.result(ops.apply({ op: "patches", ...slide }, [image.x]));
}

/**
 * Cross-correlation of [batch, ...extents, channels] with [...kernel, channels, filters] → [batch, ...positions, filters], over one or two
 * axes: the patches below the window as rows of a matrix, times the filters. Channels come last because then a patch is made of
 * whole runs of memory, and the product's result needs no transposition.
 */
export function conv(ops: Ops, { x, filter }: { x: Tensor; filter: Tensor }, stepping: Stepping = {}): Node {
  const [channels, filters] = [filter.shape.at(-2)!, filter.shape.at(-1)!];
  const below = patches(ops, { ...stepping, x, window: filter.shape.slice(0, -2) }, "conv"); // [batch, ...positions, kernel·channels]
  if (channels !== x.shape.at(-1)) throw new ShapeError(`conv: ${x.shape.at(-1)} channels of ${show(x.shape)} do not meet a filter of ${show(filter.shape)}`);
  const size = below.shape.at(-1)!;
  const product = ops.matmul(ops.reshape(below, [sizeOf(below.shape) / size, size]), ops.reshape(filter, [size, filters]));
  return ops.reshape(product, [...below.shape.slice(0, -1), filters]);
}

function pooled(ops: Ops, op: string, { x, window, stride, padding = "valid" }: Pooling & { x: Tensor }): { image: Image; window: Window } {
  const image = imageOf(ops, op, { x, axes: window.length });
  const kernel = image.pair(window);
  return { image, window: windowOver(image.extent, { kernel, stride: stride === undefined ? kernel : image.pair([stride, stride]), padding }) };
}

/** The largest element below the window, for every channel; the gradient goes to the first of them. */
export function maxPool(ops: Ops, x: Tensor, pooling: Pooling): Node {
  const { image, window } = pooled(ops, "maxPool", { ...pooling, x });
  return image.result(ops.apply({ op: "maxPool", ...window }, [image.x]));
}

/** The mean of the elements below the window, for every channel; what lies beside the image does not count. */
export function averagePool(ops: Ops, x: Tensor, pooling: Pooling): Node {
  const { image, window } = pooled(ops, "averagePool", { ...pooling, x });
  const sums = (y: Tensor): Node => {
    const [batch, channels] = [y.shape[0]!, y.shape[3]!];
    const [down, across] = positions("averagePool", window, y.shape);
    const below = ops.reshape(ops.apply({ op: "patches", ...window }, [y]), [batch * down * across, sizeOf(window.kernel), channels]);
    return ops.reshape(ops.sum(below, [1]), [batch, down, across, channels]);
  };
  const whole = [...window.before, ...window.after].every((outside) => outside === 0);
  const mean = whole ? ops.affine(sums(image.x), 1 / sizeOf(window.kernel)) : ops.binary("div", sums(image.x), sums(ops.fill(1, [1, ...image.extent, 1]))); // counts, the same for every image and channel
  return image.result(mean);
}
