/** Operations on one vector of four floats that WebAssembly has no instruction for. Reading up to 12 bytes past an operand is allowed: the host reserves them. */
export abstract class Lanes {
  /** Stores the first `count` lanes, 0 ≤ count ≤ 3. */
  @inline
  static store(at: usize, v: v128, count: i32): void {
    if (count & 2) {
      v128.store64_lane(at, v, 0);
      if (count & 1) v128.store32_lane(at, v, 2, 8);
    } else if (count & 1) {
      v128.store32_lane(at, v, 0);
    }
  }

  /** As store, 0 ≤ count ≤ 4. */
  @inline
  static upTo(at: usize, v: v128, count: i32): void {
    if (count == 4) v128.store(at, v);
    else Lanes.store(at, v, count);
  }

  /** All bits set in the first `count` lanes. */
  @inline
  static first(count: i32): v128 {
    return i32x4.gt_s(i32x4.splat(count), i32x4(0, 1, 2, 3));
  }

  /** (v₀ + v₂) + (v₁ + v₃). */
  @inline
  static sum(v: v128): f32 {
    const pair = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
    return f32x4.extract_lane(pair, 0) + f32x4.extract_lane(pair, 1);
  }

  @inline
  static max(v: v128): f32 {
    const pair = f32x4.pmax(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
    return f32x4.extract_lane(f32x4.pmax(pair, v128.shuffle<f32>(pair, pair, 1, 0, 1, 0)), 0);
  }
}
