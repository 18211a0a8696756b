import { Lanes } from "./lanes";

export abstract class Store {
  /** c[0…count) = v, or += v. */
  @inline
  static vector(c: usize, v: v128, count: i32, add: bool): void {
    if (add) v = f32x4.add(v128.load(c), v);
    if (count == 4) v128.store(c, v);
    else Lanes.store(c, v, count);
  }
}
