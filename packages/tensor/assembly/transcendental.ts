/** exp, log, tanh and sigmoid of four floats, exp and log within 1 unit in the last place, tanh 1.5, sigmoid 3; NaN stays NaN. */
export abstract class Transcendental {
  /** eˣ = 2ⁿ e^r with |r| ≤ ½ log 2; polynomial of Cephes expf.c. Subnormal results are kept. */
  @inline
  static exp(x: v128): v128 {
    x = f32x4.pmin(f32x4.pmax(x, f32x4.splat(-104)), f32x4.splat(89)); // 0 and ∞ beyond
    // adding 1.5·2²³ rounds to an integer and leaves it in the low bits
    const shifted = f32x4.add(f32x4.mul(x, f32x4.splat(1.44269504)), f32x4.splat(12582912));
    const n = f32x4.sub(shifted, f32x4.splat(12582912));
    const exponent = i32x4.sub(shifted, i32x4.splat(0x4b400000));
    let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(0.693359375)));
    r = f32x4.add(r, f32x4.mul(n, f32x4.splat(2.1219444e-4)));
    let p = f32x4.add(f32x4.mul(f32x4.splat(1.98756915e-4), r), f32x4.splat(1.3981999507e-3));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
    p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
    p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
    // 2ⁿ in two factors, as n itself may be outside the exponents of a float
    const half = i32x4.shr_s(exponent, 1);
    return f32x4.mul(f32x4.mul(p, Transcendental.powerOfTwo(half)), Transcendental.powerOfTwo(i32x4.sub(exponent, half)));
  }

  @inline
  static powerOfTwo(n: v128): v128 {
    return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
  }

  /** log x = k log 2 + log m, m in [√½, √2); series of msun e_logf.c. −∞ at 0, NaN below. */
  @inline
  static log(x: v128): v128 {
    const subnormal = f32x4.lt(x, f32x4.splat(1.17549435e-38));
    const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(33554432)), x, subnormal);
    const bits = i32x4.add(scaled, i32x4.splat(0x3f800000 - 0x3f3504f3));
    let k = i32x4.sub(i32x4.shr_s(bits, 23), i32x4.splat(127));
    k = i32x4.sub(k, v128.and(subnormal, i32x4.splat(25)));
    const m = i32x4.add(v128.and(bits, i32x4.splat(0x007fffff)), i32x4.splat(0x3f3504f3));
    const n = f32x4.convert_i32x4_s(k);
    const f = f32x4.sub(m, f32x4.splat(1));
    const s = f32x4.div(f, f32x4.add(f32x4.splat(2), f));
    const z = f32x4.mul(s, s);
    const w = f32x4.mul(z, z);
    const even = f32x4.mul(w, f32x4.add(f32x4.splat(0.40000972152), f32x4.mul(w, f32x4.splat(0.24279078841))));
    const odd = f32x4.mul(z, f32x4.add(f32x4.splat(0.66666662693), f32x4.mul(w, f32x4.splat(0.28498786688))));
    const half = f32x4.mul(f32x4.mul(f32x4.splat(0.5), f), f);
    const inner = f32x4.add(f32x4.mul(s, f32x4.add(half, f32x4.add(even, odd))), f32x4.mul(n, f32x4.splat(9.0580006145e-6)));
    const y = f32x4.add(f32x4.mul(n, f32x4.splat(6.9313812256e-1)), f32x4.sub(f, f32x4.sub(half, inner)));
    const finite = v128.bitselect(y, x, f32x4.lt(x, f32x4.splat(f32.MAX_VALUE))); // ∞ and NaN pass through
    const positive = v128.bitselect(y, finite, f32x4.eq(x, f32x4.splat(f32.MAX_VALUE)));
    const zero = v128.bitselect(f32x4.splat(-Infinity), f32x4.splat(NaN), f32x4.eq(x, f32x4.splat(0)));
    return v128.bitselect(zero, positive, f32x4.le(x, f32x4.splat(0)));
  }

  /** Polynomial of Cephes tanhf.c below 0.625, 1 − 2/(e²ˣ + 1) above. */
  @inline
  static tanh(x: v128): v128 {
    const size = f32x4.abs(x);
    const z = f32x4.mul(x, x);
    let p = f32x4.add(f32x4.mul(f32x4.splat(-5.70498872745e-3), z), f32x4.splat(2.06390887954e-2));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-5.37397155531e-2));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(1.33314422036e-1));
    p = f32x4.add(f32x4.mul(p, z), f32x4.splat(-3.33332819422e-1));
    const near = f32x4.add(x, f32x4.mul(x, f32x4.mul(z, p)));
    const e = Transcendental.exp(f32x4.add(size, size));
    const far = f32x4.sub(f32x4.splat(1), f32x4.div(f32x4.splat(2), f32x4.add(e, f32x4.splat(1))));
    const sign = v128.and(x, i32x4.splat(0x80000000));
    return v128.bitselect(near, v128.or(far, sign), f32x4.lt(size, f32x4.splat(0.625)));
  }

  /** 1/(1 + e⁻ˣ) by e^(−|x|), which cannot overflow. */
  @inline
  static sigmoid(x: v128): v128 {
    const e = Transcendental.exp(f32x4.neg(f32x4.abs(x)));
    const r = f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), e));
    return v128.bitselect(f32x4.mul(e, r), r, f32x4.lt(x, f32x4.splat(0)));
  }
}
