import { Lanes } from "./lanes";

export function fill(n: i32, value: f32, out: usize): void {
  const v = f32x4.splat(value);
  for (; n >= 4; n -= 4, out += 16) v128.store(out, v);
  if (n > 0) Lanes.store(out, v, n);
}

abstract class Row {
  @inline
  static copy(n: i32, source: usize, target: usize): void {
    for (; n >= 8; n -= 8, source += 32, target += 32) {
      const first = v128.load(source);
      const second = v128.load(source, 16);
      v128.store(target, first);
      v128.store(target, second, 16);
    }
    if (n >= 4) {
      v128.store(target, v128.load(source));
      n -= 4;
      source += 16;
      target += 16;
    }
    if (n > 0) Lanes.store(target, v128.load(source), n);
  }

  @inline
  static address(table: usize, index: usize, columns: i32): usize {
    return table + ((<usize>load<i32>(index) * <usize>columns) << 2);
  }
}

export function copy(rows: i32, columns: i32, source: usize, sourceStride: i32, target: usize, targetStride: i32): void {
  if (sourceStride == columns && targetStride == columns) {
    columns *= rows;
    rows = 1;
  }
  for (; rows > 0; rows--, source += (<usize>sourceStride) << 2, target += (<usize>targetStride) << 2) Row.copy(columns, source, target);
}

/** out[j, i] = a[i, j], in blocks of 4 × 4. */
export function transpose(rows: i32, columns: i32, a: usize, out: usize): void {
  const aRow = (<usize>columns) << 2;
  const outRow = (<usize>rows) << 2;
  let i = 0;
  for (; i + 4 <= rows; i += 4, a += aRow << 2, out += 16) {
    let from = a;
    let to = out;
    let j = columns;
    for (; j >= 4; j -= 4, from += 16, to += outRow << 2) transposeBlock(from, aRow, to, outRow);
    for (; j > 0; j--, from += 4, to += outRow) {
      store<f32>(to, load<f32>(from));
      store<f32>(to, load<f32>(from + aRow), 4);
      store<f32>(to, load<f32>(from + 2 * aRow), 8);
      store<f32>(to, load<f32>(from + 3 * aRow), 12);
    }
  }
  for (; i < rows; i++, out += 4) for (let j = columns, to = out; j > 0; j--, a += 4, to += outRow) store<f32>(to, load<f32>(a));
}

/** Transposes 4 × 4 floats between rows `fromRow` and `toRow` bytes apart. */
export function transposeBlock(from: usize, fromRow: usize, to: usize, toRow: usize): void {
  const r0 = v128.load(from);
  const r1 = v128.load(from + fromRow);
  const r2 = v128.load(from + 2 * fromRow);
  const r3 = v128.load(from + 3 * fromRow);
  const low01 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const low23 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const high01 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const high23 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<f32>(low01, low23, 0, 1, 4, 5));
  v128.store(to + toRow, v128.shuffle<f32>(low01, low23, 2, 3, 6, 7));
  v128.store(to + 2 * toRow, v128.shuffle<f32>(high01, high23, 0, 1, 4, 5));
  v128.store(to + 3 * toRow, v128.shuffle<f32>(high01, high23, 2, 3, 6, 7));
}

export function gather(rows: i32, columns: i32, table: usize, index: usize, out: usize): void {
  for (; rows > 0; rows--, index += 4, out += (<usize>columns) << 2) Row.copy(columns, Row.address(table, index, columns), out);
}

/** Rows of any words of four bytes move alike. */
export function gatherIndex(rows: i32, columns: i32, table: usize, index: usize, out: usize): void {
  gather(rows, columns, table, index, out);
}

/** Rows that occur more than once are added in order. */
export function scatterAdd(rows: i32, columns: i32, source: usize, index: usize, table: usize): void {
  for (; rows > 0; rows--, index += 4) {
    let to = Row.address(table, index, columns);
    let n = columns;
    for (; n >= 4; n -= 4, source += 16, to += 16) v128.store(to, f32x4.add(v128.load(to), v128.load(source)));
    if (n > 0) Lanes.store(to, f32x4.add(v128.load(to), v128.load(source)), n);
    source += (<usize>n) << 2;
  }
}
