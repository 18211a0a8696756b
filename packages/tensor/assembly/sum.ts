import { Lanes } from "./lanes";

/** Sum of n neighbouring floats in sixteen running sums. */
function sumRow(n: i32, a: usize): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (; n >= 16; n -= 16, a += 64) {
    s0 = f32x4.add(s0, v128.load(a));
    s1 = f32x4.add(s1, v128.load(a, 16));
    s2 = f32x4.add(s2, v128.load(a, 32));
    s3 = f32x4.add(s3, v128.load(a, 48));
  }
  for (; n >= 4; n -= 4, a += 16) s0 = f32x4.add(s0, v128.load(a));
  if (n > 0) s1 = f32x4.add(s1, v128.and(v128.load(a), Lanes.first(n)));
  return Lanes.sum(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)));
}

/** Column sums of [rows, columns], 16 and then 4 columns at a time, in order of the rows. */
function sumColumns(rows: i32, columns: i32, a: usize, out: usize): void {
  const stride = (<usize>columns) << 2;
  for (; columns >= 16; columns -= 16, a += 64, out += 64) {
    let s0 = v128.load(a);
    let s1 = v128.load(a, 16);
    let s2 = v128.load(a, 32);
    let s3 = v128.load(a, 48);
    let at = a + stride;
    for (let i = rows; i > 1; i--, at += stride) {
      s0 = f32x4.add(s0, v128.load(at));
      s1 = f32x4.add(s1, v128.load(at, 16));
      s2 = f32x4.add(s2, v128.load(at, 32));
      s3 = f32x4.add(s3, v128.load(at, 48));
    }
    v128.store(out, s0);
    v128.store(out, s1, 16);
    v128.store(out, s2, 32);
    v128.store(out, s3, 48);
  }
  for (; columns > 0; columns -= 4, a += 16, out += 16) {
    let s = v128.load(a);
    let at = a + stride;
    for (let i = rows; i > 1; i--, at += stride) s = f32x4.add(s, v128.load(at));
    if (columns >= 4) v128.store(out, s);
    else Lanes.store(out, s, columns);
  }
}

/** out[outer, inner] = Σ over the middle axis; 0 for an empty one. */
export function sum(outer: i32, middle: i32, inner: i32, a: usize, out: usize): void {
  if (inner == 1 || middle == 0) {
    for (let i = outer * inner; i > 0; i--, a += (<usize>middle) << 2, out += 4) store<f32>(out, sumRow(middle, a));
    return;
  }
  const block = (<usize>(middle * inner)) << 2;
  for (; outer > 0; outer--, a += block, out += (<usize>inner) << 2) sumColumns(middle, inner, a, out);
}
