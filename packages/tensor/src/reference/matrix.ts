import type { Kernels } from "../kernels.ts";
import type { Memory } from "./memory.ts";

/** Matrix products; every element is Σₖ in order of k, whatever the strides. */
export function matrixKernels({ floats }: Memory): Pick<Kernels, "matmul" | "matmulAdd" | "gram"> {
  let row = new Float64Array(64);

  const rowByStride = (n: number, k: number, a: number, aColumn: number, b: number, bRow: number): void => {
    for (let l = 0; l < k; l++) {
      const scale = floats[a + l * aColumn]!;
      const from = b + l * bRow;
      for (let j = 0; j < n; j++) row[j]! += scale * floats[from + j]!;
    }
  };
  const rowByDots = (n: number, k: number, a: number, aColumn: number, b: number, bColumn: number): void => {
    for (let j = 0; j < n; j++) {
      const from = b + j * bColumn;
      let sum = 0;
      for (let l = 0; l < k; l++) sum += floats[a + l * aColumn]! * floats[from + l]!;
      row[j] = sum;
    }
  };
  const productRow = (n: number, k: number, a: number, aColumn: number, b: number, bRow: number, bColumn: number): void => {
    if (row.length < n) row = new Float64Array(n);
    row.fill(0, 0, n);
    if (bColumn === 1) rowByStride(n, k, a, aColumn, b, bRow);
    else rowByDots(n, k, a, aColumn, b, bColumn);
  };

  return {
    gram: (n, k, a, aRow, aColumn, c) => {
      for (let i = 0; i < n; i++) {
        productRow(n, k, a / 8 + i * aRow, aColumn, a / 8, aColumn, aRow);
        const to = c / 8 + i * n;
        for (let j = 0; j < n; j++) floats[to + j] = row[j]!;
      }
    },
    matmul: (m, n, k, a, aRow, aColumn, b, bRow, bColumn, c) => {
      for (let i = 0; i < m; i++) {
        productRow(n, k, a / 8 + i * aRow, aColumn, b / 8, bRow, bColumn);
        const to = c / 8 + i * n;
        for (let j = 0; j < n; j++) floats[to + j] = row[j]!;
      }
    },
    matmulAdd: (m, n, k, a, aRow, aColumn, b, bRow, bColumn, addend, addendRow, c) => {
      for (let i = 0; i < m; i++) {
        productRow(n, k, a / 8 + i * aRow, aColumn, b / 8, bRow, bColumn);
        const to = c / 8 + i * n;
        const from = addend / 8 + i * addendRow;
        for (let j = 0; j < n; j++) floats[to + j] = floats[from + j]! + row[j]!;
      }
    },
  };
}
