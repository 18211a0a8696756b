import { Lanes } from "./lanes";
import { Transcendental } from "./transcendental";

/** out = scale·a + shift. */
export function affine(n: i32, a: usize, scale: f32, shift: f32, out: usize): void {
  const s = f32x4.splat(scale);
  const t = f32x4.splat(shift);
  for (; n >= 8; n -= 8, a += 32, out += 32) {
    const first = f32x4.add(f32x4.mul(s, v128.load(a)), t);
    const second = f32x4.add(f32x4.mul(s, v128.load(a, 16)), t);
    v128.store(out, first);
    v128.store(out, second, 16);
  }
  for (; n > 0; n -= 4, a += 16, out += 16) {
    const v = f32x4.add(f32x4.mul(s, v128.load(a)), t);
    if (n >= 4) v128.store(out, v);
    else Lanes.store(out, v, n);
  }
}

const EXP = 0;
const LOG = 1;
const TANH = 2;
const SIGMOID = 3;
const RELU = 4;
const STEP = 5;
const SQRT = 6;
const SQUARE = 7;

abstract class Unary {
  @inline
  static apply(operation: i32, x: v128): v128 {
    if (operation == EXP) return Transcendental.exp(x);
    if (operation == LOG) return Transcendental.log(x);
    if (operation == TANH) return Transcendental.tanh(x);
    if (operation == SIGMOID) return Transcendental.sigmoid(x);
    if (operation == RELU) return f32x4.pmax(x, f32x4.splat(0)); // NaN stays NaN
    if (operation == STEP) return v128.and(f32x4.gt(x, f32x4.splat(0)), f32x4.splat(1));
    if (operation == SQRT) return f32x4.sqrt(x);
    return f32x4.mul(x, x);
  }

  /** The last 1–3 elements go through the same lanes as the others, so a value does not depend on where it stands. */
  @inline
  static run(operation: i32, n: i32, a: usize, out: usize): void {
    for (; n >= 4; n -= 4, a += 16, out += 16) v128.store(out, Unary.apply(operation, v128.load(a)));
    if (n > 0) Lanes.store(out, Unary.apply(operation, v128.load(a)), n);
  }
}

export function exp(n: i32, a: usize, out: usize): void {
  Unary.run(EXP, n, a, out);
}

export function log(n: i32, a: usize, out: usize): void {
  Unary.run(LOG, n, a, out);
}

export function tanh(n: i32, a: usize, out: usize): void {
  Unary.run(TANH, n, a, out);
}

export function sigmoid(n: i32, a: usize, out: usize): void {
  Unary.run(SIGMOID, n, a, out);
}

export function relu(n: i32, a: usize, out: usize): void {
  Unary.run(RELU, n, a, out);
}

export function step(n: i32, a: usize, out: usize): void {
  Unary.run(STEP, n, a, out);
}

export function gate(n: i32, a: usize, x: usize, out: usize): void {
  for (; n >= 4; n -= 4, a += 16, x += 16, out += 16) v128.store(out, f32x4.mul(v128.load(a), Unary.apply(STEP, v128.load(x))));
  if (n > 0) Lanes.store(out, f32x4.mul(v128.load(a), Unary.apply(STEP, v128.load(x))), n);
}

export function sqrt(n: i32, a: usize, out: usize): void {
  Unary.run(SQRT, n, a, out);
}

export function square(n: i32, a: usize, out: usize): void {
  Unary.run(SQUARE, n, a, out);
}
