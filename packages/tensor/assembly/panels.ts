import { packPanels } from "./pack";
import { tilesOfColumns, tilesOfRows } from "./square";
import { Store } from "./store";
import { narrowPanel, widePanel } from "./tile";

/** Address of the packing scratch, set once by the host. */
let pack: usize = 0;

export function packAt(address: usize): void {
  pack = address;
}

/**
 * What is packed at a time: steps of k, so that a panel of b stays in the first-level cache beside four rows of a; columns, so that all
 * panels stay in the second level beside a block of rows.
 */
const STEPS = 320;
const COLUMNS = 128;
const ROWS = 128;
const PANELS_BYTES: usize = STEPS * COLUMNS * 4;
/** Partial sums of `SUM_ROWS` rows lie behind the panels, where c is its own addend and must not be written before they are finished. */
const SUM_ROWS = 512;
const SUM_ROW_BYTES: usize = COLUMNS * 4;

/** c[m, 1…8] = addend + a b from a packed panel of k rows. */
function panel(
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
  addend: usize,
  addendRow: usize,
): void {
  if (columns <= 4) return narrowPanel(m, k, a, aRow, aColumn, b, 32, from, fromRow, c, cRow, columns, addend, addendRow);
  if (aColumn == 4 || aRow == 4) {
    const whole = m & ~3;
    if (aColumn == 4) tilesOfRows(whole, k, a, aRow, b, from, fromRow, c, cRow, columns - 4, addend, addendRow);
    else tilesOfColumns(whole, k, a, aColumn, b, from, fromRow, c, cRow, columns - 4, addend, addendRow);
    m -= whole;
    a += <usize>whole * aRow;
    c += <usize>whole * cRow;
    from += <usize>whole * fromRow;
    addend += <usize>whole * addendRow;
  }
  if (m > 0) widePanel(m, k, a, aRow, aColumn, b, 32, from, fromRow, c, cRow, columns - 4, addend, addendRow);
}

/** c[m, n ≤ COLUMNS] = addend + a b from packed panels, a block of rows at a time. */
function panels(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  from: usize,
  fromRow: usize,
  c: usize,
  cRow: usize,
  addend: usize,
  addendRow: usize,
): void {
  for (; m > 0; m -= ROWS, a += ROWS * aRow, c += ROWS * cRow, from += ROWS * fromRow, addend += ROWS * addendRow) {
    const rows = min(m, ROWS);
    let b = pack;
    for (let j = 0; j < n; j += 8, b += (<usize>k) << 5) {
      const at = (<usize>j) << 2;
      panel(rows, min(n - j, 8), k, a, aRow, aColumn, b, Store.beside(from, at), fromRow, c + at, cRow, Store.beside(addend, at), addendRow);
    }
  }
}

/** c[m, n] = addend + a b, at most SUM_ROWS rows if c is the addend and k is cut. */
function rowsByPanels(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  cRow: usize,
  addend: usize,
  addendRow: usize,
): void {
  const aside = addend == c;
  const blocks = (k + STEPS - 1) / STEPS;
  const most = ((k + blocks - 1) / blocks + 3) & ~3;
  for (; n > 0; n -= COLUMNS, b += COLUMNS * bColumn, c += COLUMNS * 4, addend = Store.beside(addend, COLUMNS * 4)) {
    const columns = min(n, COLUMNS);
    const sums = aside ? pack + PANELS_BYTES : c;
    const sumRow = aside ? SUM_ROW_BYTES : cRow;
    for (let done = 0; done < k; done += most) {
      const steps = min(k - done, most);
      packPanels(columns, steps, b + <usize>done * bRow, bRow, bColumn, pack);
      const from = done == 0 ? 0 : sums;
      const fromRow = done == 0 ? 0 : sumRow;
      const block = a + <usize>done * aColumn;
      if (done + steps == k) panels(m, columns, steps, block, aRow, aColumn, from, fromRow, c, cRow, addend, addendRow);
      else panels(m, columns, steps, block, aRow, aColumn, from, fromRow, sums, sumRow, 0, 0);
    }
  }
}

/** c[m, n] = addend + a b by packed panels, where the addend may be c; strides in bytes, those of no addend 0. */
export function productByPanels(
  m: i32,
  n: i32,
  k: i32,
  a: usize,
  aRow: usize,
  aColumn: usize,
  b: usize,
  bRow: usize,
  bColumn: usize,
  c: usize,
  cRow: usize,
  addend: usize,
  addendRow: usize,
): void {
  const rows = addend == c && k > STEPS ? SUM_ROWS : m;
  for (; m > 0; m -= rows, a += <usize>rows * aRow, c += <usize>rows * cRow, addend += <usize>rows * addendRow) {
    rowsByPanels(min(m, rows), n, k, a, aRow, aColumn, b, bRow, bColumn, c, cRow, addend, addendRow);
  }
}
