import { Lanes } from "./lanes";

/** Dot products of k neighbouring floats, for products in which both operands run along k: four lanes of sums, then what is left of k. */
abstract class Dot {
  @inline
  static finish(sums: v128, done: i32, k: i32, a: usize, b: usize): f32 {
    let sum = Lanes.sum(sums);
    for (; done < k; done++, a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
    return sum;
  }

  @inline
  static store(c: usize, value: f32, addend: usize): void {
    store<f32>(c, addend == 0 ? value : load<f32>(addend) + value);
  }
}

/** c[j] = addend[j] + a · b_j for n vectors b_j, `stride` bytes apart. */
export function dots(n: i32, k: i32, a: usize, b: usize, stride: usize, c: usize, addend: usize): void {
  const whole = k & ~3;
  const bytes = (<usize>whole) << 2;
  const next: usize = addend == 0 ? 0 : 4;
  for (; n >= 4; n -= 4, b += stride << 2, c += 16, addend += 4 * next) {
    let s0 = f32x4.splat(0);
    let s1 = s0;
    let s2 = s0;
    let s3 = s0;
    let b0 = b;
    let b1 = b + stride;
    let b2 = b1 + stride;
    let b3 = b2 + stride;
    let x = a;
    for (const end = a + bytes; x < end; x += 16, b0 += 16, b1 += 16, b2 += 16, b3 += 16) {
      const v = v128.load(x);
      s0 = f32x4.add(s0, f32x4.mul(v, v128.load(b0)));
      s1 = f32x4.add(s1, f32x4.mul(v, v128.load(b1)));
      s2 = f32x4.add(s2, f32x4.mul(v, v128.load(b2)));
      s3 = f32x4.add(s3, f32x4.mul(v, v128.load(b3)));
    }
    Dot.store(c, Dot.finish(s0, whole, k, x, b0), addend);
    Dot.store(c + 4, Dot.finish(s1, whole, k, x, b1), addend + next);
    Dot.store(c + 8, Dot.finish(s2, whole, k, x, b2), addend + 2 * next);
    Dot.store(c + 12, Dot.finish(s3, whole, k, x, b3), addend + 3 * next);
  }
  for (; n > 0; n--, b += stride, c += 4, addend += next) {
    let s = f32x4.splat(0);
    for (let at: usize = 0; at < bytes; at += 16) s = f32x4.add(s, f32x4.mul(v128.load(a + at), v128.load(b + at)));
    Dot.store(c, Dot.finish(s, whole, k, a + bytes, b + bytes), addend);
  }
}
