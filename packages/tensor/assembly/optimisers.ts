import { Lanes } from "./lanes";

/**
 * Update rules of `../src/kernels.ts`. Four elements per turn; the last turn
 * reads past the end and stores only what is there.
 */
abstract class Store {
  @inline
  static part(at: usize, v: v128, n: i32): void {
    if (n >= 4) v128.store(at, v);
    else Lanes.store(at, v, n);
  }
}

export function sgd(n: i32, p: usize, g: usize, scalars: usize): void {
  const rate = v128.load32_splat(scalars);
  const decay = v128.load32_splat(scalars, 4);
  for (; n > 0; n -= 4, p += 16, g += 16) {
    const x = v128.load(p);
    Store.part(p, f32x4.sub(x, f32x4.mul(rate, f32x4.add(v128.load(g), f32x4.mul(decay, x)))), n);
  }
}

export function momentum(n: i32, p: usize, g: usize, v: usize, scalars: usize): void {
  const rate = v128.load32_splat(scalars);
  const keep = v128.load32_splat(scalars, 4);
  const decay = v128.load32_splat(scalars, 8);
  for (; n > 0; n -= 4, p += 16, g += 16, v += 16) {
    const x = v128.load(p);
    const next = f32x4.add(f32x4.add(f32x4.mul(keep, v128.load(v)), v128.load(g)), f32x4.mul(decay, x));
    Store.part(v, next, n);
    Store.part(p, f32x4.sub(x, f32x4.mul(rate, next)), n);
  }
}

export function adam(n: i32, p: usize, g: usize, m: usize, v: usize, scalars: usize): void {
  const one = f32x4.splat(1);
  const rate = v128.load32_splat(scalars);
  const keepFirst = v128.load32_splat(scalars, 4);
  const keepSecond = v128.load32_splat(scalars, 8);
  const epsilon = v128.load32_splat(scalars, 12);
  const decay = v128.load32_splat(scalars, 16);
  const takeFirst = f32x4.sub(one, keepFirst);
  const takeSecond = f32x4.sub(one, keepSecond);
  for (; n > 0; n -= 4, p += 16, g += 16, m += 16, v += 16) {
    const x = v128.load(p);
    const gradient = v128.load(g);
    const first = f32x4.add(f32x4.mul(keepFirst, v128.load(m)), f32x4.mul(takeFirst, gradient));
    const second = f32x4.add(f32x4.mul(keepSecond, v128.load(v)), f32x4.mul(takeSecond, f32x4.mul(gradient, gradient)));
    Store.part(m, first, n);
    Store.part(v, second, n);
    const step = f32x4.div(f32x4.mul(rate, first), f32x4.add(f32x4.sqrt(second), epsilon));
    Store.part(p, f32x4.sub(x, f32x4.add(step, f32x4.mul(decay, x))), n);
  }
}

export function rmsprop(n: i32, p: usize, g: usize, v: usize, scalars: usize): void {
  const rate = v128.load32_splat(scalars);
  const keep = v128.load32_splat(scalars, 4);
  const epsilon = v128.load32_splat(scalars, 8);
  const decay = v128.load32_splat(scalars, 12);
  const take = f32x4.sub(f32x4.splat(1), keep);
  for (; n > 0; n -= 4, p += 16, g += 16, v += 16) {
    const x = v128.load(p);
    const gradient = v128.load(g);
    const next = f32x4.add(f32x4.mul(keep, v128.load(v)), f32x4.mul(take, f32x4.mul(gradient, gradient)));
    Store.part(v, next, n);
    const direction = f32x4.add(gradient, f32x4.mul(decay, x));
    Store.part(p, f32x4.sub(x, f32x4.div(f32x4.mul(rate, direction), f32x4.add(f32x4.sqrt(next), epsilon))), n);
  }
}
