import { Lanes } from "./lanes";

/** Four neighbouring channels of what lies below a window. */
abstract class Below {
  /** The largest; a NaN stays. */
  @inline
  static largest(rows: i32, columns: i32, corner: usize, imageRow: usize, pixel: usize): v128 {
    let m = v128.load(corner);
    let missing = f32x4.ne(m, m);
    if (rows == 2 && columns == 2) {
      const right = v128.load(corner + pixel);
      const below = v128.load(corner + imageRow);
      const last = v128.load(corner + imageRow + pixel);
      m = f32x4.pmax(f32x4.pmax(f32x4.pmax(m, right), below), last);
      missing = v128.or(v128.or(missing, f32x4.ne(right, right)), v128.or(f32x4.ne(below, below), f32x4.ne(last, last)));
      return v128.or(m, missing);
    }
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

  /** Of a window of 2 × 2: `upstream` where the first of the largest lies and zeros elsewhere. */
  @inline
  static routeSquare(corner: usize, imageRow: usize, pixel: usize, largest: v128, upstream: v128, target: usize): void {
    const below = corner + imageRow;
    const first = f32x4.eq(v128.load(corner), largest);
    const second = v128.andnot(f32x4.eq(v128.load(corner + pixel), largest), first);
    const above = v128.or(first, second);
    const third = v128.andnot(f32x4.eq(v128.load(below), largest), above);
    const fourth = v128.andnot(f32x4.eq(v128.load(below + pixel), largest), v128.or(above, third));
    v128.store(target, v128.and(first, upstream));
    v128.store(target + pixel, v128.and(second, upstream));
    v128.store(target + imageRow, v128.and(third, upstream));
    v128.store(target + imageRow + pixel, v128.and(fourth, upstream));
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
          if (once && rows == 2 && columns == 2) Below.routeSquare(x + at, imageRow, pixel, v128.load(pooled), v128.load(upstream), out + at);
          else if (once) Below.route(false, 4, rows, columns, x + at, imageRow, pixel, v128.load(pooled), v128.load(upstream), out + at);
          else Below.route(true, 4, rows, columns, x + at, imageRow, pixel, v128.load(pooled), v128.load(upstream), out + at);
        }
        if (n > 0) Below.route(!once, n, rows, columns, x + at, imageRow, pixel, v128.load(pooled), v128.load(upstream), out + at);
        pooled += (<usize>n) << 2;
        upstream += (<usize>n) << 2;
      }
    }
  }
}
