import { Lanes } from "./lanes";

export abstract class Store {
  /** c[0…count) = v, plus what lies at `addend` unless that is 0. */
  @inline
  static vector(c: usize, v: v128, count: i32, addend: usize): void {
    if (addend != 0) v = f32x4.add(v128.load(addend), v);
    if (count == 4) v128.store(c, v);
    else Lanes.store(c, v, count);
  }

  /** Two vectors, `last` floats of the second. */
  @inline
  static pair(c: usize, first: v128, second: v128, last: i32, addend: usize): void {
    Store.vector(c, first, 4, addend);
    Store.vector(c + 16, second, last, Store.beside(addend, 16));
  }

  /** Further along what lies at `address`, which is 0 for nothing. */
  @inline
  static beside(address: usize, bytes: usize): usize {
    return address == 0 ? 0 : address + bytes;
  }
}
