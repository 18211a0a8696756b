import { Lanes } from "./lanes";

/** Runs of memory below a window that slides over images [batch, height, width, channels]. */
abstract class Run {
  /** Copies n floats; up to `end` it may write past them, as what comes next is written later. */
  @inline
  static copy(n: i32, source: usize, target: usize, end: usize): void {
    for (; n >= 8; n -= 8, source += 32, target += 32) {
      v128.store(target, v128.load(source));
      v128.store(target, v128.load(source, 16), 16);
    }
    if (n >= 4) {
      v128.store(target, v128.load(source));
      n -= 4;
      source += 16;
      target += 16;
    }
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
    for (; n >= 8; n -= 8, source += 32, target += 32) {
      v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
      v128.store(target, f32x4.add(v128.load(target, 16), v128.load(source, 16)), 16);
    }
    if (n >= 4) {
      v128.store(target, f32x4.add(v128.load(target), v128.load(source)));
      n -= 4;
      source += 16;
      target += 16;
    }
    if (n > 0) Lanes.store(target, f32x4.add(v128.load(target), v128.load(source)), n);
  }
}

/**
 * Patches whose rows are four floats at most: one row of all patches across the image, then the next, since loops over a single patch would
 * end as soon as they have begun. Four floats are written where that many of the patch are still to come.
 */
abstract class Narrow {
  /** Row `y` of patches from position j up to `end`, of which some elements lie beside the image. */
  @inline
  static border(j: i32, end: i32, row: i32, x0: i32, stride: i32, limit: i32, x: usize, out: usize, patch: usize): void {
    for (; j < end; j++) {
      const to = out + <usize>j * patch;
      for (let e = 0, at = x0 + j * stride; e < row; e++, at++) {
        store<f32>(to + ((<usize>e) << 2), at >= 0 && at < limit ? load<f32>(x + ((<usize>at) << 2)) : 0);
      }
    }
  }

  @inline
  static inside(whole: bool, count: i32, row: i32, step: usize, patch: usize, source: usize, to: usize): void {
    for (; count > 0; count--, source += step, to += patch) {
      if (whole) v128.store(to, v128.load(source));
      else Lanes.upTo(to, v128.load(source), row);
    }
  }
}

function narrowPatches(
  height: i32,
  width: i32,
  channels: i32,
  kernelHeight: i32,
  kernelWidth: i32,
  strideX: i32,
  y0: i32,
  left: i32,
  across: i32,
  x: usize,
  out: usize,
): void {
  const row = kernelWidth * channels;
  const patch = (<usize>(kernelHeight * row)) << 2;
  const stride = strideX * channels;
  const first = min(across, (left + strideX - 1) / strideX);
  const end = width + left < kernelWidth ? first : max(first, min(across, (width + left - kernelWidth) / strideX + 1));
  for (let i = 0, y = y0; i < kernelHeight; i++, y++, out += (<usize>row) << 2) {
    const limit = y < 0 || y >= height ? 0 : width * channels; // of a row that is not there nothing is inside
    const from = limit == 0 ? across : first;
    const line = x + ((<usize>(y * width * channels)) << 2);
    Narrow.border(0, from, row, -left * channels, stride, limit, line, out, patch);
    if (limit == 0) continue;
    const source = line + ((<usize>(first * stride - left * channels)) << 2);
    const to = out + <usize>first * patch;
    if ((kernelHeight - i) * row >= 4) Narrow.inside(true, end - first, row, (<usize>stride) << 2, patch, source, to);
    else Narrow.inside(false, end - first, row, (<usize>stride) << 2, patch, source, to);
    Narrow.border(end, across, row, -left * channels, stride, limit, line, out, patch);
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
      if (row <= 4) {
        narrowPatches(height, width, channels, kernelHeight, kernelWidth, strideX, y0, left, across, x, out);
        out += <usize>(across * kernelHeight) * rowBytes;
        continue;
      }
      const above = min(kernelHeight, max(0, -y0)); // rows of the window before the image, and those up to its end
      const inside = min(kernelHeight, height - y0);
      for (let j = 0, x0 = -left; j < across; j++, x0 += strideX) {
        if (x0 >= 0 && x0 + kernelWidth <= width && above == 0 && inside == kernelHeight) {
          let source = x + <usize>y0 * imageRow + ((<usize>(x0 * channels)) << 2);
          for (let y = kernelHeight; y > 0; y--, out += rowBytes, source += imageRow) Run.copy(row, source, out, end);
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
