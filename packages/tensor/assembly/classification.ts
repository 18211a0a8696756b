import { Lanes } from "./lanes";
import { fill } from "./move";
import { Transcendental } from "./transcendental";

abstract class Softmax {
  /** Largest of n logits; NaNs are passed over here and show in the sum of exponentials. */
  @inline
  static max(n: i32, logits: usize): f32 {
    let m = f32x4.splat(-Infinity);
    for (; n >= 4; n -= 4, logits += 16) m = f32x4.pmax(m, v128.load(logits));
    if (n > 0) m = f32x4.pmax(m, v128.bitselect(v128.load(logits), f32x4.splat(-Infinity), Lanes.first(n)));
    return Lanes.max(m);
  }

  /** Σ e^(logit − max), writing the terms to `out` if `keep`. */
  @inline
  static sum(keep: bool, n: i32, logits: usize, max: f32, out: usize): f32 {
    const m = f32x4.splat(max);
    let s = f32x4.splat(0);
    for (; n >= 4; n -= 4, logits += 16, out += 16) {
      const e = Transcendental.exp(f32x4.sub(v128.load(logits), m));
      if (keep) v128.store(out, e);
      s = f32x4.add(s, e);
    }
    if (n > 0) {
      const e = v128.and(Transcendental.exp(f32x4.sub(v128.load(logits), m)), Lanes.first(n));
      if (keep) Lanes.store(out, e, n);
      s = f32x4.add(s, e);
    }
    return Lanes.sum(s);
  }
}

export function softmax(rows: i32, columns: i32, causal: i32, x: usize, out: usize): void {
  const row = (<usize>columns) << 2;
  let seen = causal ? 1 : columns;
  for (; rows > 0; rows--, x += row, out += row) {
    const scale = f32x4.splat(1 / Softmax.sum(true, seen, x, Softmax.max(seen, x), out));
    let n = seen;
    let at = out;
    for (; n >= 4; n -= 4, at += 16) v128.store(at, f32x4.mul(v128.load(at), scale));
    if (n > 0) Lanes.store(at, f32x4.mul(v128.load(at), scale), n);
    if (!causal) continue;
    fill(columns - seen, 0, out + ((<usize>seen) << 2));
    seen = seen == columns ? 1 : seen + 1;
  }
}

export function crossEntropy(rows: i32, classes: i32, logits: usize, labels: usize, out: usize): void {
  for (; rows > 0; rows--, logits += (<usize>classes) << 2, labels += 4, out += 4) {
    const m = Softmax.max(classes, logits);
    const s = Softmax.sum(false, classes, logits, m, 0);
    const chosen = load<f32>(logits + ((<usize>load<i32>(labels)) << 2));
    store<f32>(out, m - chosen + f32x4.extract_lane(Transcendental.log(f32x4.splat(s)), 0));
  }
}

export function crossEntropyGradient(rows: i32, classes: i32, logits: usize, labels: usize, upstream: usize, out: usize): void {
  const row = (<usize>classes) << 2;
  for (; rows > 0; rows--, logits += row, labels += 4, upstream += 4, out += row) {
    const m = Softmax.max(classes, logits);
    const s = Softmax.sum(true, classes, logits, m, out);
    const u = load<f32>(upstream);
    const scale = f32x4.splat(u / s);
    let n = classes;
    let at = out;
    for (; n >= 4; n -= 4, at += 16) v128.store(at, f32x4.mul(v128.load(at), scale));
    if (n > 0) Lanes.store(at, f32x4.mul(v128.load(at), scale), n);
    const chosen = out + ((<usize>load<i32>(labels)) << 2);
    store<f32>(chosen, load<f32>(chosen) - u);
  }
}

export function correct(rows: i32, classes: i32, logits: usize, labels: usize, out: usize): void {
  for (; rows > 0; rows--, logits += (<usize>classes) << 2, labels += 4, out += 4) {
    let best = 0;
    let largest = load<f32>(logits);
    for (let j = 1; j < classes; j++) {
      const value = load<f32>(logits + ((<usize>j) << 2));
      if (value > largest) {
        largest = value;
        best = j;
      }
    }
    store<f32>(out, best == load<i32>(labels) ? 1 : 0);
  }
}
