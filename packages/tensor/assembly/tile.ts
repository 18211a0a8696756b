import { Store } from "./store";

/**
 * Register tiles of the matrix product, 4 × 8 at most: eight accumulators are
 * what V8 keeps in registers together with the operands of a step (five rows
 * spill on Node 22). Every element of c is one sum in order of k, going on
 * from the partial sums at `from` (0: from zero), and then added to the addend
 * (0: none), whatever the tile it falls in: tiling, packing and cutting k
 * change no bit.
 */
abstract class Tile {
  /**
   * c[rows, 4·vectors] = addend + a b; `rows` and `vectors` are constants where this is inlined. A row of a is `aRow`
   * bytes, a step of k `aStep` bytes in a and `bStep` in b. Of the last vector `last` (1–4) columns are stored.
   */
  @inline
  static run(
    rows: i32,
    vectors: i32,
    k: i32,
    a: usize,
    aRow: usize,
    aStep: usize,
    b: usize,
    bStep: usize,
    from: usize,
    fromRow: usize,
    c: usize,
    cRow: usize,
    last: i32,
    addend: usize,
    addendRow: usize,
  ): void {
    let c00 = f32x4.splat(0);
    let c01 = c00;
    let c02 = c00;
    let c03 = c00;
    let c10 = c00;
    let c11 = c00;
    let c20 = c00;
    let c21 = c00;
    let c30 = c00;
    let c31 = c00;
    if (from != 0) {
      c00 = v128.load(from);
      if (vectors > 1) c01 = v128.load(from, 16);
      if (rows > 1) c10 = v128.load(from + fromRow);
      if (rows > 1 && vectors > 1) c11 = v128.load(from + fromRow, 16);
      if (rows > 2) c20 = v128.load(from + 2 * fromRow);
      if (rows > 2 && vectors > 1) c21 = v128.load(from + 2 * fromRow, 16);
      if (rows > 3) c30 = v128.load(from + 3 * fromRow);
      if (rows > 3 && vectors > 1) c31 = v128.load(from + 3 * fromRow, 16);
    }
    let a1 = a + aRow;
    let a2 = a1 + aRow;
    let a3 = a2 + aRow;
    for (; k > 0; k--) {
      const b0 = v128.load(b);
      let b1 = b0;
      let b2 = b0;
      let b3 = b0;
      if (vectors > 1) b1 = v128.load(b, 16);
      if (vectors > 2) b2 = v128.load(b, 32);
      if (vectors > 2) b3 = v128.load(b, 48);
      const x0 = v128.load32_splat(a);
      c00 = f32x4.add(c00, f32x4.mul(x0, b0));
      if (vectors > 1) c01 = f32x4.add(c01, f32x4.mul(x0, b1));
      if (vectors > 2) c02 = f32x4.add(c02, f32x4.mul(x0, b2));
      if (vectors > 2) c03 = f32x4.add(c03, f32x4.mul(x0, b3));
      if (rows > 1) {
        const x1 = v128.load32_splat(a1);
        c10 = f32x4.add(c10, f32x4.mul(x1, b0));
        if (vectors > 1) c11 = f32x4.add(c11, f32x4.mul(x1, b1));
      }
      if (rows > 2) {
        const x2 = v128.load32_splat(a2);
        c20 = f32x4.add(c20, f32x4.mul(x2, b0));
        if (vectors > 1) c21 = f32x4.add(c21, f32x4.mul(x2, b1));
      }
      if (rows > 3) {
        const x3 = v128.load32_splat(a3);
        c30 = f32x4.add(c30, f32x4.mul(x3, b0));
        if (vectors > 1) c31 = f32x4.add(c31, f32x4.mul(x3, b1));
      }
      a += aStep;
      if (rows > 1) a1 += aStep;
      if (rows > 2) a2 += aStep;
      if (rows > 3) a3 += aStep;
      b += bStep;
    }
    if (vectors > 2) {
      Store.pair(c, c00, c01, 4, addend);
      Store.pair(c + 32, c02, c03, last, Store.beside(addend, 32));
      return;
    }
    Tile.storeRow(vectors, c, c00, c01, last, addend);
    if (rows > 1) Tile.storeRow(vectors, c + cRow, c10, c11, last, addend + addendRow);
    if (rows > 2) Tile.storeRow(vectors, c + 2 * cRow, c20, c21, last, addend + 2 * addendRow);
    if (rows > 3) Tile.storeRow(vectors, c + 3 * cRow, c30, c31, last, addend + 3 * addendRow);
  }

  @inline
  static storeRow(vectors: i32, c: usize, first: v128, second: v128, last: i32, addend: usize): void {
    if (vectors == 1) Store.vector(c, first, last, addend);
    else Store.pair(c, first, second, last, addend);
  }
}

/** c[m, 5…8] = addend + a b. */
export function widePanel(
  m: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  from: usize,
  fromRow: usize,
  c: usize,
  cRow: usize,
  last: i32,
  addend: usize,
  addendRow: usize,
): void {
  for (; m >= 4; m -= 4, a += 4 * aRow, c += 4 * cRow, from += 4 * fromRow, addend += 4 * addendRow)
    Tile.run(4, 2, k, a, aRow, aStep, b, bStep, from, fromRow, c, cRow, last, addend, addendRow);
  if (m == 1) Tile.run(1, 2, k, a, aRow, aStep, b, bStep, from, fromRow, c, cRow, last, addend, addendRow);
  else if (m == 2) Tile.run(2, 2, k, a, aRow, aStep, b, bStep, from, fromRow, c, cRow, last, addend, addendRow);
  else if (m == 3) Tile.run(3, 2, k, a, aRow, aStep, b, bStep, from, fromRow, c, cRow, last, addend, addendRow);
}

/** c[m, 1…4] = addend + a b. */
export function narrowPanel(
  m: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  from: usize,
  fromRow: usize,
  c: usize,
  cRow: usize,
  last: i32,
  addend: usize,
  addendRow: usize,
): void {
  for (; m >= 4; m -= 4, a += 4 * aRow, c += 4 * cRow, from += 4 * fromRow, addend += 4 * addendRow)
    Tile.run(4, 1, k, a, aRow, aStep, b, bStep, from, fromRow, c, cRow, last, addend, addendRow);
  if (m == 1) Tile.run(1, 1, k, a, aRow, aStep, b, bStep, from, fromRow, c, cRow, last, addend, addendRow);
  else if (m == 2) Tile.run(2, 1, k, a, aRow, aStep, b, bStep, from, fromRow, c, cRow, last, addend, addendRow);
  else if (m == 3) Tile.run(3, 1, k, a, aRow, aStep, b, bStep, from, fromRow, c, cRow, last, addend, addendRow);
}

/** c[1, 16] = addend + a b. */
export function single16(k: i32, a: usize, aStep: usize, b: usize, bStep: usize, c: usize, addend: usize): void {
  Tile.run(1, 4, k, a, 0, aStep, b, bStep, 0, 0, c, 0, 4, addend, 0);
}
