import { dots } from "./dot";
import { transposeBlock } from "./move";
import { tilesOfColumns, tilesOfRows } from "./square";
import { narrowPanel, single16, widePanel } from "./tile";

/** Address of the packing scratch, set once by the host. */
let pack: usize = 0;

export function packAt(address: usize): void {
  pack = address;
}

/** c[m, 1…8] from a panel of b. */
function panel(m: i32, columns: i32, k: i32, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize, add: bool): void {
  if (columns > 4) widePanel(m, k, a, aRow, aStep, b, bStep, 0, 0, c, cRow, columns - 4, add);
  else narrowPanel(m, k, a, aRow, aStep, b, bStep, 0, 0, c, cRow, columns, add);
}

/** Copies b[k, columns], whose rows are `stride` bytes apart, to rows of 8 floats. */
function packRows(k: i32, columns: i32, b: usize, stride: usize, to: usize): void {
  for (; k > 0; k--, b += stride, to += 32) {
    v128.store(to, v128.load(b));
    if (columns > 4) v128.store(to, v128.load(b, 16), 16);
  }
}

/** Copies b[k, columns], whose columns are `stride` bytes apart, to rows of 8 floats. */
function packColumns(k: i32, columns: i32, b: usize, stride: usize, to: usize): void {
  for (; columns >= 4; columns -= 4, b += stride << 2, to += 16) {
    let from = b;
    let at = to;
    let p = k;
    for (; p >= 4; p -= 4, from += 16, at += 128) transposeBlock(from, stride, at, 32);
    for (; p > 0; p--, from += 4, at += 32) {
      store<f32>(at, load<f32>(from));
      store<f32>(at, load<f32>(from + stride), 4);
      store<f32>(at, load<f32>(from + 2 * stride), 8);
      store<f32>(at, load<f32>(from + 3 * stride), 12);
    }
  }
  for (; columns > 0; columns--, b += stride, to += 4) {
    let from = b;
    let at = to;
    for (let p = k; p > 0; p--, from += 4, at += 32) store<f32>(at, load<f32>(from));
  }
}

/** c[1, n] = a b with b's columns neighbours; a step of k is aColumn and bRow bytes. */
function row(n: i32, k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, add: bool): void {
  for (; n >= 16; n -= 16, b += 64, c += 64) single16(k, a, aColumn, b, bRow, c, add);
  for (; n > 0; n -= 8, b += 32, c += 32) panel(1, min(n, 8), k, a, 0, aColumn, b, bRow, c, 0, add);
}

/**
 * What is packed at a time: steps of k, so that a panel of b stays in the first-level cache beside four rows of a; columns, so that all
 * panels stay in the second level beside a block of rows.
 */
const STEPS = 320;
const COLUMNS = 128;
const ROWS = 128;
/** Partial sums of `SUM_ROWS` rows lie behind the panels, where c must not be written before its sums are finished. */
const SUM_ROWS = 512;
/** Columns of a Gram matrix from the diagonal down that are computed at a time. */
const BLOCK = 32;
const PANELS_BYTES: usize = STEPS * COLUMNS * 4;

/** c[m, 1…8] from a packed panel of k rows. */
function panelOfPack(
  m: i32,
  columns: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  from: usize,
  fromRow: usize,
  c: usize,
  cRow: usize,
  add: bool,
): void {
  if (columns > 4) {
    const whole = m & ~3;
    if (aColumn == 4) tilesOfRows(whole, k, a, aRow, b, from, fromRow, c, cRow, columns - 4, add);
    else if (aRow == 4) tilesOfColumns(whole, k, a, aColumn, b, from, fromRow, c, cRow, columns - 4, add);
    if (whole == m) return;
    if (aColumn == 4 || aRow == 4) {
      m -= whole;
      a += <usize>whole * aRow;
      c += <usize>whole * cRow;
      from += <usize>whole * fromRow;
    }
    widePanel(m, k, a, aRow, aColumn, b, 32, from, fromRow, c, cRow, columns - 4, add);
  } else {
    narrowPanel(m, k, a, aRow, aColumn, b, 32, from, fromRow, c, cRow, columns, add);
  }
}

/** c[m, n ≤ COLUMNS] from panels packed one behind the other, a block of rows at a time. */
function panels(m: i32, n: i32, k: i32, a: usize, aRow: usize, aColumn: usize, from: usize, fromRow: usize, c: usize, cRow: usize, add: bool): void {
  for (; m > 0; m -= ROWS) {
    const rows = min(m, ROWS);
    let b = pack;
    for (let j = 0; j < n; j += 8, b += (<usize>k) << 5) {
      const at = (<usize>j) << 2;
      panelOfPack(rows, min(n - j, 8), k, a, aRow, aColumn, b, from == 0 ? 0 : from + at, fromRow, c + at, cRow, add);
    }
    a += ROWS * aRow;
    c += ROWS * cRow;
    from += ROWS * fromRow;
  }
}

/** Packs b[k, n ≤ COLUMNS]. */
function packPanels(n: i32, k: i32, b: usize, bRow: usize, bColumn: usize): void {
  let to = pack;
  for (; n > 0; n -= 8, b += bColumn << 3, to += (<usize>k) << 5) {
    if (bColumn == 4) packRows(k, min(n, 8), b, bRow, to);
    else packColumns(k, min(n, 8), b, bColumn, to);
  }
}

/** The product by packed panels. */
function packed(m: i32, n: i32, k: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, c: usize, cRow: usize, add: bool): void {
  const sums = pack + PANELS_BYTES;
  const blocks = (k + STEPS - 1) / STEPS;
  const most = ((k + blocks - 1) / blocks + 3) & ~3;
  for (; n > 0; n -= COLUMNS, b += COLUMNS * bColumn, c += COLUMNS * 4) {
    const columns = min(n, COLUMNS);
    for (let done = 0; done < k; ) {
      const steps = min(k - done, most);
      packPanels(columns, steps, b + <usize>done * bRow, bRow, bColumn);
      const whole = done + steps == k;
      const target = add && !whole ? sums : c;
      const row = add && !whole ? COLUMNS * 4 : cRow;
      const from = done == 0 ? 0 : add ? sums : c;
      const fromRow = done == 0 ? 0 : add ? COLUMNS * 4 : cRow;
      panels(m, columns, steps, a + <usize>done * aColumn, aRow, aColumn, from, fromRow, target, row, add && whole);
      done += steps;
    }
  }
}

/** Strides in bytes. */
function product(m: i32, n: i32, k: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, c: usize, add: bool): void {
  const cRow = (<usize>n) << 2;
  // a single column is the single row of the transposed product
  if (n == 1) {
    if (aRow == 4) return row(m, k, b, bRow, a, aColumn, c, add);
    if (bRow == 4) return dots(m, k, b, a, aRow, c, add);
  }
  if (bColumn == 4 && m == 1) return row(n, k, a, aColumn, b, bRow, c, add);
  if (bColumn != 4 && m < 4 && aColumn == 4) {
    for (; m > 0; m--, a += aRow, c += cRow) dots(n, k, a, b, bColumn, c, add);
    return;
  }
  if (bColumn == 4 && m < 16) {
    for (; n > 0; n -= 8, b += 32, c += 32) panel(m, min(n, 8), k, a, aRow, aColumn, b, bRow, c, cRow, add);
    return;
  }
  if (!add || k <= STEPS) return packed(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, add);
  for (; m > 0; m -= SUM_ROWS, a += SUM_ROWS * aRow, c += SUM_ROWS * cRow) packed(min(m, SUM_ROWS), n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, add);
}

/** As matmul of a with its transpose: panels from the diagonal down, then what lies above is what lies below. */
export function gram(n: i32, k: i32, a: usize, aRow: i32, aColumn: i32, c: usize): void {
  const row = (<usize>aRow) << 2;
  const step = (<usize>aColumn) << 2;
  const cRow = (<usize>n) << 2;
  if (n < 16) return product(n, n, k, a, row, step, a, step, row, c, false);
  for (let j = 0; j < n; j += BLOCK) {
    const from = a + <usize>j * row;
    packed(n - j, min(n - j, BLOCK), k, from, row, step, from, step, row, c + <usize>j * (cRow + 4), cRow, false);
  }
  for (let i = 0; i < n; i++) {
    let below = c + <usize>i * (cRow + 4) + cRow;
    let right = c + <usize>i * (cRow + 4) + 4;
    for (let j = n - i - 1; j > 0; j--, below += cRow, right += 4) store<f32>(right, load<f32>(below));
  }
}

export function matmul(m: i32, n: i32, k: i32, a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, c: usize): void {
  product(m, n, k, a, (<usize>aRow) << 2, (<usize>aColumn) << 2, b, (<usize>bRow) << 2, (<usize>bColumn) << 2, c, false);
}

export function matmulAdd(m: i32, n: i32, k: i32, a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, c: usize): void {
  product(m, n, k, a, (<usize>aRow) << 2, (<usize>aColumn) << 2, b, (<usize>bRow) << 2, (<usize>bColumn) << 2, c, true);
}
