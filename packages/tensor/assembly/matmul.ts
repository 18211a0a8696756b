import { dots } from "./dot";
import { transposeBlock } from "./move";
import { narrowPanel, single16, widePanel } from "./tile";

/** Address of the packing scratch, PACK_ROWS rows of 8 floats, set once by the host. */
let pack: usize = 0;
const PACK_ROWS = 16384;

export function packAt(address: usize): void {
  pack = address;
}

/** c[m, 1…8] from a panel of b. */
function panel(m: i32, columns: i32, k: i32, a: usize, aRow: usize, aStep: usize, b: usize, bStep: usize, c: usize, cRow: usize, add: bool): void {
  if (columns > 4) widePanel(m, k, a, aRow, aStep, b, bStep, c, cRow, columns - 4, add);
  else narrowPanel(m, k, a, aRow, aStep, b, bStep, c, cRow, columns, add);
}

/** Copies b[k, columns], whose rows are `stride` bytes apart, to the scratch. */
function packRows(k: i32, columns: i32, b: usize, stride: usize): void {
  for (let to = pack; k > 0; k--, b += stride, to += 32) {
    v128.store(to, v128.load(b));
    if (columns > 4) v128.store(to, v128.load(b, 16), 16);
  }
}

/** Copies b[k, columns], whose columns are `stride` bytes apart, to the scratch. */
function packColumns(k: i32, columns: i32, b: usize, stride: usize): void {
  let to = pack;
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

/** Element by element, for what the scratch cannot hold. */
function plain(m: i32, n: i32, k: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, c: usize, add: bool): void {
  for (let i = 0; i < m; i++) {
    for (let j = 0; j < n; j++, c += 4) {
      let x = a + <usize>i * aRow;
      let y = b + <usize>j * bColumn;
      let sum: f32 = 0;
      for (let p = k; p > 0; p--, x += aColumn, y += bRow) sum += load<f32>(x) * load<f32>(y);
      store<f32>(c, add ? load<f32>(c) + sum : sum);
    }
  }
}

/** c[1, n] = a b with b's columns neighbours; a step of k is aColumn and bRow bytes. */
function row(n: i32, k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, add: bool): void {
  for (; n >= 16; n -= 16, b += 64, c += 64) single16(k, a, aColumn, b, bRow, c, add);
  for (; n > 0; n -= 8, b += 32, c += 32) panel(1, min(n, 8), k, a, 0, aColumn, b, bRow, c, 0, add);
}

/** Strides in bytes. */
function product(m: i32, n: i32, k: i32, a: usize, aRow: usize, aColumn: usize, b: usize, bRow: usize, bColumn: usize, c: usize, add: bool): void {
  const cRow = (<usize>n) << 2;
  // a single column is the single row of the transposed product
  if (n == 1) {
    if (aRow == 4) return row(m, k, b, bRow, a, aColumn, c, add);
    if (bRow == 4) return dots(m, k, b, a, aRow, c, add);
  }
  if (bColumn == 4) {
    if (m == 1) return row(n, k, a, aColumn, b, bRow, c, add);
    const packed = m >= 24 && k >= 32 && k <= PACK_ROWS && bRow >= 512;
    for (; n > 0; n -= 8, b += 32, c += 32) {
      if (packed) packRows(k, min(n, 8), b, bRow);
      panel(m, min(n, 8), k, a, aRow, aColumn, packed ? pack : b, packed ? 32 : bRow, c, cRow, add);
    }
    return;
  }
  if (m < 4 && aColumn == 4) {
    for (; m > 0; m--, a += aRow, c += cRow) dots(n, k, a, b, bColumn, c, add);
    return;
  }
  if (k > PACK_ROWS) return plain(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, add);
  for (; n > 0; n -= 8, b += bColumn << 3, c += 32) {
    packColumns(k, min(n, 8), b, bColumn);
    panel(m, min(n, 8), k, a, aRow, aColumn, pack, 32, c, cRow, add);
  }
}

/** As matmul of a with its transpose: panels from the diagonal down, then what lies above is what lies below. */
export function gram(n: i32, k: i32, a: usize, aRow: i32, aColumn: i32, c: usize): void {
  const row = (<usize>aRow) << 2;
  const step = (<usize>aColumn) << 2;
  if (n < 4 || k > PACK_ROWS) return product(n, n, k, a, row, step, a, step, row, c, false);
  const cRow = (<usize>n) << 2;
  for (let j = 0; j < n; j += 8) {
    const from = a + <usize>j * row;
    const columns = min(n - j, 8);
    if (row == 4) packRows(k, columns, from, step);
    else packColumns(k, columns, from, row);
    panel(n - j, columns, k, from, row, step, pack, 32, c + <usize>j * (cRow + 4), cRow, false);
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
