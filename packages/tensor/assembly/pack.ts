import { transposeBlock } from "./move";

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

/** Packs b[k, n] to panels of 8 columns, one behind the other. */
export function packPanels(n: i32, k: i32, b: usize, bRow: usize, bColumn: usize, to: usize): void {
  for (; n > 0; n -= 8, b += bColumn << 3, to += (<usize>k) << 5) {
    if (bColumn == 4) packRows(k, min(n, 8), b, bRow, to);
    else packColumns(k, min(n, 8), b, bColumn, to);
  }
}
