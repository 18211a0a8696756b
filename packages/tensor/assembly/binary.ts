import { Lanes } from "./lanes";

const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;

abstract class Binary {
  @inline
  static apply(operation: i32, a: v128, b: v128): v128 {
    if (operation == ADD) return f32x4.add(a, b);
    if (operation == SUB) return f32x4.sub(a, b);
    if (operation == MUL) return f32x4.mul(a, b);
    return f32x4.div(a, b);
  }

  @inline
  static put(out: usize, v: v128, count: i32): void {
    if (count >= 4) v128.store(out, v);
    else Lanes.store(out, v, count);
  }

  /** One row: strides aStep and bStep in elements. */
  @inline
  static row(operation: i32, n: i32, a: usize, aStep: i32, b: usize, bStep: i32, out: usize): void {
    if (aStep == 1 && bStep == 1) {
      for (; n >= 8; n -= 8, a += 32, b += 32, out += 32) {
        const first = Binary.apply(operation, v128.load(a), v128.load(b));
        const second = Binary.apply(operation, v128.load(a, 16), v128.load(b, 16));
        v128.store(out, first);
        v128.store(out, second, 16);
      }
      for (; n > 0; n -= 4, a += 16, b += 16, out += 16) Binary.put(out, Binary.apply(operation, v128.load(a), v128.load(b)), n);
    } else if (aStep == 1 && bStep == 0) {
      const y = v128.load32_splat(b);
      for (; n > 0; n -= 4, a += 16, out += 16) Binary.put(out, Binary.apply(operation, v128.load(a), y), n);
    } else if (aStep == 0 && bStep == 1) {
      const x = v128.load32_splat(a);
      for (; n > 0; n -= 4, b += 16, out += 16) Binary.put(out, Binary.apply(operation, x, v128.load(b)), n);
    } else {
      for (; n > 0; n--, a += (<usize>aStep) << 2, b += (<usize>bStep) << 2, out += 4)
        v128.store32_lane(out, Binary.apply(operation, v128.load32_zero(a), v128.load32_zero(b)), 0);
    }
  }

  /** Axes that lie end to end in both operands are taken as one. */
  @inline
  static grid(operation: i32, d0: i32, d1: i32, d2: i32, a: usize, a0: i32, a1: i32, a2: i32, b: usize, b0: i32, b1: i32, b2: i32, out: usize): void {
    if (d2 == 1 || (a1 == a2 * d2 && b1 == b2 * d2)) {
      if (d2 == 1) {
        a2 = a1;
        b2 = b1;
      }
      d2 *= d1;
      d1 = d0;
      a1 = a0;
      b1 = b0;
      d0 = 1;
      if (d1 > 1 && (d2 == 1 || (a1 == a2 * d2 && b1 == b2 * d2))) {
        if (d2 == 1) {
          a2 = a1;
          b2 = b1;
        }
        d2 *= d1;
        d1 = 1;
      }
    }
    const row = (<usize>d2) << 2;
    for (let i = 0; i < d0; i++) {
      let pa = a;
      let pb = b;
      for (let j = 0; j < d1; j++) {
        Binary.row(operation, d2, pa, a2, pb, b2, out);
        pa += (<usize>a1) << 2;
        pb += (<usize>b1) << 2;
        out += row;
      }
      a += (<usize>a0) << 2;
      b += (<usize>b0) << 2;
    }
  }
}

export function add(d0: i32, d1: i32, d2: i32, a: usize, a0: i32, a1: i32, a2: i32, b: usize, b0: i32, b1: i32, b2: i32, out: usize): void {
  Binary.grid(ADD, d0, d1, d2, a, a0, a1, a2, b, b0, b1, b2, out);
}

export function sub(d0: i32, d1: i32, d2: i32, a: usize, a0: i32, a1: i32, a2: i32, b: usize, b0: i32, b1: i32, b2: i32, out: usize): void {
  Binary.grid(SUB, d0, d1, d2, a, a0, a1, a2, b, b0, b1, b2, out);
}

export function mul(d0: i32, d1: i32, d2: i32, a: usize, a0: i32, a1: i32, a2: i32, b: usize, b0: i32, b1: i32, b2: i32, out: usize): void {
  Binary.grid(MUL, d0, d1, d2, a, a0, a1, a2, b, b0, b1, b2, out);
}

export function div(d0: i32, d1: i32, d2: i32, a: usize, a0: i32, a1: i32, a2: i32, b: usize, b0: i32, b1: i32, b2: i32, out: usize): void {
  Binary.grid(DIV, d0, d1, d2, a, a0, a1, a2, b, b0, b1, b2, out);
}
