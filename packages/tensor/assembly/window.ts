import { Lanes } from "./lanes";

/** Kernels of windows that slide over images [batch, height, width, channels]; the part of a window beside the image is cut off first. */
abstract class Run {
  /** Copies n floats; up to `end` it may write past them, as what comes next is written later. */
  @inline
  static copy(n: i32, source: usize, target: usize, end: usize): void {
    for (; n >= 4; n -= 4, source += 16, target += 16) v128.store(target, v128.load(source));
    if (n > 0) Run.last(n, v128.load(source), target, end);
  }

  @inline
  static zero(n: i32, target: usize, end: usize): void {
    for (; n >= 4; n -= 4, target += 16) v128.store(target, f32x4.splat(0));
    if (n > 0) Run.last(n, f32x4.splat(0), target, end);
  }

  @inline
  static last(n: i32, v: v128, target: usize, end: usize): void {
    if (target + 16 <= end) v128.store(target, v);
    else Lanes.store(target, v, n);
  }

  @inline
  static add(n: i32, source: usize, target: usize): void {
    for (; n >= 4; n -= 4, source += 16, target += 16) v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
    if (n > 0) Lanes.store(target, f32x4.add(v128.load(target), v128.load(source)), n);
  }
}

export function patches(
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  down: i32,
  across: i32,
  x: usize,
  out: usize,
): void {
  const row = kernelWidth * channels;
  const rowBytes = (<usize>row) << 2;
  const imageRow = (<usize>(width * channels)) << 2;
  const end = out + <usize>(batch * down) * <usize>(across * kernelHeight) * rowBytes;
  for (; batch > 0; batch--, x += <usize>height * imageRow) {
    for (let i = 0, y0 = -top; i < down; i++, y0 += strideY) {
      const above = min(kernelHeight, max(0, -y0)); // rows of the window before the image, and those up to its end
      const inside = min(kernelHeight, height - y0);
      for (let j = 0, x0 = -left; j < across; j++, x0 += strideX) {
        if (x0 >= 0 && x0 + kernelWidth <= width && above == 0 && inside == kernelHeight) {
          let source = x + <usize>y0 * imageRow + ((<usize>(x0 * channels)) << 2);
          if (row <= 4 && out + ((<usize>kernelHeight + 1) << 4) <= end) {
            for (let y = kernelHeight; y > 0; y--, out += rowBytes, source += imageRow) v128.store(out, v128.load(source));
          } else {
            for (let y = kernelHeight; y > 0; y--, out += rowBytes, source += imageRow) Run.copy(row, source, out, end);
          }
          continue;
        }
        const from = max(0, -x0) * channels;
        const to = min(kernelWidth, width - x0) * channels;
        let source = x + <usize>(((y0 + above) * width * channels + x0 * channels + from) << 2);
        if (above > 0) {
          Run.zero(above * row, out, end);
          out += <usize>above * rowBytes;
        }
        for (let y = above; y < inside; y++, out += rowBytes, source += imageRow) {
          if (from > 0) Run.zero(from, out, end);
          Run.copy(to - from, source, out + ((<usize>from) << 2), end);
          if (to < row) Run.zero(row - to, out + ((<usize>to) << 2), end);
        }
        if (inside < kernelHeight) {
          Run.zero((kernelHeight - inside) * row, out, end);
          out += <usize>(kernelHeight - inside) * rowBytes;
        }
      }
    }
  }
}

export function unpatches(
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  down: i32,
  across: i32,
  patches: usize,
  out: usize,
): void {
  const row = kernelWidth * channels;
  const imageRow = (<usize>(width * channels)) << 2;
  for (; batch > 0; batch--, out += <usize>height * imageRow) {
    memory.fill(out, 0, <usize>height * imageRow);
    for (let i = 0, y0 = -top; i < down; i++, y0 += strideY) {
      for (let j = 0, x0 = -left; j < across; j++, x0 += strideX) {
        const from = max(0, -x0) * channels;
        const to = min(kernelWidth, width - x0) * channels;
        const target = out + <usize>((x0 * channels + from) << 2);
        for (let y = y0; y < y0 + kernelHeight; y++, patches += (<usize>row) << 2) {
          if (y >= 0 && y < height) Run.add(to - from, patches + ((<usize>from) << 2), target + <usize>y * imageRow);
        }
      }
    }
  }
}

/** Four neighbouring channels of what lies below a window. */
abstract class Below {
  /** The largest; a NaN stays. */
  @inline
  static largest(rows: i32, columns: i32, corner: usize, imageRow: usize, pixel: usize): v128 {
    let m = v128.load(corner);
    let missing = f32x4.ne(m, m);
    for (; rows > 0; rows--, corner += imageRow) {
      let at = corner;
      for (let j = columns; j > 0; j--, at += pixel) {
        const v = v128.load(at);
        m = f32x4.pmax(m, v);
        missing = v128.or(missing, f32x4.ne(v, v));
      }
    }
    return v128.or(m, missing);
  }

  /** Writes `upstream` where the first of the largest lies and zeros elsewhere, or adds it; `n` channels if fewer than four. */
  @inline
  static route(add: bool, n: i32, rows: i32, columns: i32, corner: usize, imageRow: usize, pixel: usize, largest: v128, upstream: v128, target: usize): void {
    let open = i32x4.splat(-1);
    for (; rows > 0; rows--, corner += imageRow, target += imageRow) {
      let at = corner;
      let to = target;
      for (let j = columns; j > 0; j--, at += pixel, to += pixel) {
        const here = v128.and(open, f32x4.eq(v128.load(at), largest));
        open = v128.andnot(open, here);
        let v = v128.and(here, upstream);
        if (add) v = f32x4.add(v128.load(to), v);
        if (n >= 4) v128.store(to, v);
        else Lanes.store(to, v, n);
      }
    }
  }
}

export function maxPool(
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  down: i32,
  across: i32,
  x: usize,
  out: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const imageRow = <usize>width * pixel;
  for (; batch > 0; batch--, x += <usize>height * imageRow) {
    for (let i = 0, y0 = -top; i < down; i++, y0 += strideY) {
      const y = max(0, y0);
      const rows = min(height, y0 + kernelHeight) - y;
      for (let j = 0, x0 = -left; j < across; j++, x0 += strideX) {
        const from = max(0, x0);
        const columns = min(width, x0 + kernelWidth) - from;
        let corner = x + <usize>y * imageRow + <usize>from * pixel;
        let n = channels;
        for (; n >= 4; n -= 4, corner += 16, out += 16) v128.store(out, Below.largest(rows, columns, corner, imageRow, pixel));
        if (n > 0) Lanes.store(out, Below.largest(rows, columns, corner, imageRow, pixel), n);
        out += (<usize>n) << 2;
      }
    }
  }
}

export function maxPoolGradient(
  batch: i32,
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideY: i32,
  strideX: i32,
  top: i32,
  left: i32,
  down: i32,
  across: i32,
  x: usize,
  out: usize,
  pooled: usize,
  upstream: usize,
): void {
  const pixel = (<usize>channels) << 2;
  const imageRow = <usize>width * pixel;
  // windows side by side over the whole image write every element once
  const once = top == 0 && left == 0 && strideY == kernelHeight && strideX == kernelWidth && down * strideY == height && across * strideX == width;
  for (; batch > 0; batch--, x += <usize>height * imageRow, out += <usize>height * imageRow) {
    if (!once) memory.fill(out, 0, <usize>height * imageRow);
    for (let i = 0, y0 = -top; i < down; i++, y0 += strideY) {
      const y = max(0, y0);
      const rows = min(height, y0 + kernelHeight) - y;
      for (let j = 0, x0 = -left; j < across; j++, x0 += strideX) {
        const from = max(0, x0);
        const columns = min(width, x0 + kernelWidth) - from;
        let at = <usize>y * imageRow + <usize>from * pixel;
        let n = channels;
        for (; n >= 4; n -= 4, at += 16, pooled += 16, upstream += 16) {
          if (once) Below.route(false, 4, rows, columns, x + at, imageRow, pixel, v128.load(pooled), v128.load(upstream), out + at);
          else Below.route(true, 4, rows, columns, x + at, imageRow, pixel, v128.load(pooled), v128.load(upstream), out + at);
        }
        if (n > 0) Below.route(!once, n, rows, columns, x + at, imageRow, pixel, v128.load(pooled), v128.load(upstream), out + at);
        pooled += (<usize>n) << 2;
        upstream += (<usize>n) << 2;
      }
    }
  }
}
