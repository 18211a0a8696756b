import { dots } from "./dot";
import { transposeBlock } from "./move";
import { productByPanels } from "./panels";
import { Store } from "./store";
import { narrowPanel, single16, widePanel } from "./tile";

/** c[m, 1…8] = addend + a b. */
function panel(
  m: i32,
  columns: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aStep: usize,
  b: usize,
  bStep: usize,
  c: usize,
  cRow: usize,
  addend: usize,
  addendRow: usize,
): void {
  if (columns > 4) widePanel(m, k, a, aRow, aStep, b, bStep, 0, 0, c, cRow, columns - 4, addend, addendRow);
  else narrowPanel(m, k, a, aRow, aStep, b, bStep, 0, 0, c, cRow, columns, addend, addendRow);
}

/** c[1, n] = addend + a b with b's columns neighbours; a step of k is aColumn and bRow bytes. */
function row(n: i32, k: i32, a: usize, aColumn: usize, b: usize, bRow: usize, c: usize, addend: usize): void {
  for (; n >= 16; n -= 16, b += 64, c += 64, addend = Store.beside(addend, 64)) single16(k, a, aColumn, b, bRow, c, addend);
  for (; n > 0; n -= 8, b += 32, c += 32, addend = Store.beside(addend, 32)) panel(1, min(n, 8), k, a, 0, aColumn, b, bRow, c, 0, addend, 0);
}

/** Strides in bytes; the addend's columns are neighbours, and for a single column its rows. */
function product(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  addend: usize,
  addendRow: usize,
  c: usize,
): void {
  const cRow = (<usize>n) << 2;
  // a single column is the single row of the transposed product
  if (n == 1) {
    if (aRow == 4) return row(m, k, b, bRow, a, aColumn, c, addend);
    if (bRow == 4) return dots(m, k, b, a, aRow, c, addend);
  }
  if (bColumn == 4 && m == 1) return row(n, k, a, aColumn, b, bRow, c, addend);
  if (bColumn != 4 && m < 4 && aColumn == 4) {
    for (; m > 0; m--, a += aRow, c += cRow, addend += addendRow) dots(n, k, a, b, bColumn, c, addend);
  } else if (bColumn == 4 && m < 16) {
    for (; n > 0; n -= 8, b += 32, c += 32, addend = Store.beside(addend, 32)) {
      panel(m, min(n, 8), k, a, aRow, aColumn, b, bRow, c, cRow, addend, addendRow);
    }
  } else {
    productByPanels(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, addend, addendRow);
  }
}

export function matmul(m: i32, n: i32, k: i32, a: usize, aRow: i32, aColumn: i32, b: usize, bRow: i32, bColumn: i32, c: usize): void {
  product(m, n, k, a, (<usize>aRow) << 2, (<usize>aColumn) << 2, b, (<usize>bRow) << 2, (<usize>bColumn) << 2, 0, 0, c);
}

export function matmulAdd(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: i32,
  aColumn: i32,
  b: usize,
  bRow: i32,
  bColumn: i32,
  addend: usize,
  addendRow: i32,
  c: usize,
): void {
  product(m, n, k, a, (<usize>aRow) << 2, (<usize>aColumn) << 2, b, (<usize>bRow) << 2, (<usize>bColumn) << 2, addend, (<usize>addendRow) << 2, c);
}

/** Columns of a Gram matrix from the diagonal down that are computed at a time. */
const BLOCK = 8;

/** As matmul of a with its transpose: blocks of columns from the diagonal down, then what lies above is what lies below. */
export function gram(n: i32, k: i32, a: usize, aRow: i32, aColumn: i32, c: usize): void {
  const row = (<usize>aRow) << 2;
  const step = (<usize>aColumn) << 2;
  const cRow = (<usize>n) << 2;
  if (n < 16) return product(n, n, k, a, row, step, a, step, row, 0, 0, c);
  for (let j = 0; j < n; j += BLOCK) {
    const from = a + <usize>j * row;
    productByPanels(n - j, min(n - j, BLOCK), k, from, row, step, from, step, row, c + <usize>j * (cRow + 4), cRow, 0, 0);
  }
  mirror(n, c, cRow);
}

/** Makes c symmetric by what lies below its diagonal, 4 × 4 elements at a time. */
function mirror(n: i32, c: usize, cRow: usize): void {
  for (let i = 0; i < n; i++) {
    let j = (i & ~3) + 4;
    for (let near = i + 1; near < min(j, n); near++) copyAcross(i, near, c, cRow);
    if ((i & 3) == 0) for (; j + 4 <= n; j += 4) transposeBlock(c + <usize>j * cRow + ((<usize>i) << 2), cRow, c + <usize>i * cRow + ((<usize>j) << 2), cRow);
    for (let far = max(j, n & ~3); far < n; far++) copyAcross(i, far, c, cRow);
  }
}

function copyAcross(i: i32, j: i32, c: usize, cRow: usize): void {
  store<f32>(c + <usize>i * cRow + ((<usize>j) << 2), load<f32>(c + <usize>j * cRow + ((<usize>i) << 2)));
}
