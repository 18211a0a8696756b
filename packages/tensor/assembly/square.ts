import { Store } from "./store";

/**
 * The tile that most of a large product goes through: 4 rows by 8 columns of c, with b packed to rows of 8 floats. Four steps of k are
 * written out with constant offsets, so that next to nothing but loads, products and sums is left to issue. V8 puts all loads of a basic
 * block first: the way out after every step keeps those of the next from taking the registers.
 */
abstract class Square {
  @inline
  static sum(c: v128, x: v128, y: v128): v128 {
    return f32x4.add(c, f32x4.mul(x, y));
  }
}

/** c[m − m mod 4, 5…8] = addend + a b, where a row of a is one run of memory. */
export function tilesOfRows(
  m: i32,
  k: i32,
  a: usize,
  aRow: usize,
  b: usize,
  from: usize,
  fromRow: usize,
  c: usize,
  cRow: usize,
  last: i32,
  addend: usize,
  addendRow: usize,
): void {
  for (; m >= 4; m -= 4, a += 4 * aRow, c += 4 * cRow, addend += 4 * addendRow) {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    if (from != 0) {
      c00 = v128.load(from);
      c01 = v128.load(from, 16);
      from += fromRow;
      c10 = v128.load(from);
      c11 = v128.load(from, 16);
      from += fromRow;
      c20 = v128.load(from);
      c21 = v128.load(from, 16);
      from += fromRow;
      c30 = v128.load(from);
      c31 = v128.load(from, 16);
      from += fromRow;
    }
    let x: v128, b0: v128, b1: v128;
    let p = b;
    let a0 = a;
    let a1 = a0 + aRow;
    let a2 = a1 + aRow;
    let a3 = a2 + aRow;
    for (let n = k; ; n -= 4) {
      b0 = v128.load(p);
      b1 = v128.load(p, 16);
      x = v128.load32_splat(a0);
      c00 = Square.sum(c00, x, b0);
      c01 = Square.sum(c01, x, b1);
      x = v128.load32_splat(a1);
      c10 = Square.sum(c10, x, b0);
      c11 = Square.sum(c11, x, b1);
      x = v128.load32_splat(a2);
      c20 = Square.sum(c20, x, b0);
      c21 = Square.sum(c21, x, b1);
      x = v128.load32_splat(a3);
      c30 = Square.sum(c30, x, b0);
      c31 = Square.sum(c31, x, b1);
      if (n == 1) break;
      b0 = v128.load(p, 32);
      b1 = v128.load(p, 48);
      x = v128.load32_splat(a0, 4);
      c00 = Square.sum(c00, x, b0);
      c01 = Square.sum(c01, x, b1);
      x = v128.load32_splat(a1, 4);
      c10 = Square.sum(c10, x, b0);
      c11 = Square.sum(c11, x, b1);
      x = v128.load32_splat(a2, 4);
      c20 = Square.sum(c20, x, b0);
      c21 = Square.sum(c21, x, b1);
      x = v128.load32_splat(a3, 4);
      c30 = Square.sum(c30, x, b0);
      c31 = Square.sum(c31, x, b1);
      if (n == 2) break;
      b0 = v128.load(p, 64);
      b1 = v128.load(p, 80);
      x = v128.load32_splat(a0, 8);
      c00 = Square.sum(c00, x, b0);
      c01 = Square.sum(c01, x, b1);
      x = v128.load32_splat(a1, 8);
      c10 = Square.sum(c10, x, b0);
      c11 = Square.sum(c11, x, b1);
      x = v128.load32_splat(a2, 8);
      c20 = Square.sum(c20, x, b0);
      c21 = Square.sum(c21, x, b1);
      x = v128.load32_splat(a3, 8);
      c30 = Square.sum(c30, x, b0);
      c31 = Square.sum(c31, x, b1);
      if (n == 3) break;
      b0 = v128.load(p, 96);
      b1 = v128.load(p, 112);
      x = v128.load32_splat(a0, 12);
      c00 = Square.sum(c00, x, b0);
      c01 = Square.sum(c01, x, b1);
      x = v128.load32_splat(a1, 12);
      c10 = Square.sum(c10, x, b0);
      c11 = Square.sum(c11, x, b1);
      x = v128.load32_splat(a2, 12);
      c20 = Square.sum(c20, x, b0);
      c21 = Square.sum(c21, x, b1);
      x = v128.load32_splat(a3, 12);
      c30 = Square.sum(c30, x, b0);
      c31 = Square.sum(c31, x, b1);
      if (n == 4) break;
      p += 128;
      a0 += 16;
      a1 += 16;
      a2 += 16;
      a3 += 16;
    }
    Store.pair(c, c00, c01, last, addend);
    Store.pair(c + cRow, c10, c11, last, addend + addendRow);
    Store.pair(c + 2 * cRow, c20, c21, last, addend + 2 * addendRow);
    Store.pair(c + 3 * cRow, c30, c31, last, addend + 3 * addendRow);
  }
}

/** The same, where four rows of a lie side by side and a step of k is `aStep` bytes. */
export function tilesOfColumns(
  m: i32,
  k: i32,
  a: usize,
  aStep: usize,
  b: usize,
  from: usize,
  fromRow: usize,
  c: usize,
  cRow: usize,
  last: i32,
  addend: usize,
  addendRow: usize,
): void {
  for (; m >= 4; m -= 4, a += 16, c += 4 * cRow, addend += 4 * addendRow) {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    if (from != 0) {
      c00 = v128.load(from);
      c01 = v128.load(from, 16);
      from += fromRow;
      c10 = v128.load(from);
      c11 = v128.load(from, 16);
      from += fromRow;
      c20 = v128.load(from);
      c21 = v128.load(from, 16);
      from += fromRow;
      c30 = v128.load(from);
      c31 = v128.load(from, 16);
      from += fromRow;
    }
    let x: v128, b0: v128, b1: v128;
    let p = b;
    let q = a;
    for (let n = k; ; n -= 4) {
      b0 = v128.load(p);
      b1 = v128.load(p, 16);
      x = v128.load32_splat(q);
      c00 = Square.sum(c00, x, b0);
      c01 = Square.sum(c01, x, b1);
      x = v128.load32_splat(q, 4);
      c10 = Square.sum(c10, x, b0);
      c11 = Square.sum(c11, x, b1);
      x = v128.load32_splat(q, 8);
      c20 = Square.sum(c20, x, b0);
      c21 = Square.sum(c21, x, b1);
      x = v128.load32_splat(q, 12);
      c30 = Square.sum(c30, x, b0);
      c31 = Square.sum(c31, x, b1);
      if (n == 1) break;
      q += aStep;
      b0 = v128.load(p, 32);
      b1 = v128.load(p, 48);
      x = v128.load32_splat(q);
      c00 = Square.sum(c00, x, b0);
      c01 = Square.sum(c01, x, b1);
      x = v128.load32_splat(q, 4);
      c10 = Square.sum(c10, x, b0);
      c11 = Square.sum(c11, x, b1);
      x = v128.load32_splat(q, 8);
      c20 = Square.sum(c20, x, b0);
      c21 = Square.sum(c21, x, b1);
      x = v128.load32_splat(q, 12);
      c30 = Square.sum(c30, x, b0);
      c31 = Square.sum(c31, x, b1);
      if (n == 2) break;
      q += aStep;
      b0 = v128.load(p, 64);
      b1 = v128.load(p, 80);
      x = v128.load32_splat(q);
      c00 = Square.sum(c00, x, b0);
      c01 = Square.sum(c01, x, b1);
      x = v128.load32_splat(q, 4);
      c10 = Square.sum(c10, x, b0);
      c11 = Square.sum(c11, x, b1);
      x = v128.load32_splat(q, 8);
      c20 = Square.sum(c20, x, b0);
      c21 = Square.sum(c21, x, b1);
      x = v128.load32_splat(q, 12);
      c30 = Square.sum(c30, x, b0);
      c31 = Square.sum(c31, x, b1);
      if (n == 3) break;
      q += aStep;
      b0 = v128.load(p, 96);
      b1 = v128.load(p, 112);
      x = v128.load32_splat(q);
      c00 = Square.sum(c00, x, b0);
      c01 = Square.sum(c01, x, b1);
      x = v128.load32_splat(q, 4);
      c10 = Square.sum(c10, x, b0);
      c11 = Square.sum(c11, x, b1);
      x = v128.load32_splat(q, 8);
      c20 = Square.sum(c20, x, b0);
      c21 = Square.sum(c21, x, b1);
      x = v128.load32_splat(q, 12);
      c30 = Square.sum(c30, x, b0);
      c31 = Square.sum(c31, x, b1);
      if (n == 4) break;
      q += aStep;
      p += 128;
    }
    Store.pair(c, c00, c01, last, addend);
    Store.pair(c + cRow, c10, c11, last, addend + addendRow);
    Store.pair(c + 2 * cRow, c20, c21, last, addend + 2 * addendRow);
    Store.pair(c + 3 * cRow, c30, c31, last, addend + 3 * addendRow);
  }
}
