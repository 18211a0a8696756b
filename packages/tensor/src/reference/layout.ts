import type { Kernels } from "../kernels.ts";
import type { Memory } from "./memory.ts";

/** Kernels that move or add up elements. */
export function layoutKernels({ floats, indexes }: Memory): Pick<Kernels, "sum" | "fill" | "copy" | "transpose" | "gather" | "gatherIndex" | "scatterAdd"> {
  return {
    sum: (outer, middle, inner, a, out) => {
      for (let i = 0; i < outer; i++) {
        const to = out / 8 + i * inner;
        const from = a / 8 + i * middle * inner;
        for (let l = 0; l < inner; l++) {
          let sum = 0;
          for (let j = 0; j < middle; j++) sum += floats[from + j * inner + l]!;
          floats[to + l] = sum;
        }
      }
    },
    fill: (n, value, out) => {
      floats.fill(value, out / 8, out / 8 + n);
    },
    copy: (rows, columns, source, sourceStride, target, targetStride) => {
      for (let i = 0; i < rows; i++) {
        const from = source / 8 + i * sourceStride;
        floats.copyWithin(target / 8 + i * targetStride, from, from + columns);
      }
    },
    transpose: (rows, columns, a, out) => {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++) floats[out / 8 + j * rows + i] = floats[a / 8 + i * columns + j]!;
      }
    },
    gather: (rows, columns, table, index, out) => {
      for (let i = 0; i < rows; i++) {
        const from = table / 8 + indexes[index / 4 + i]! * columns;
        floats.copyWithin(out / 8 + i * columns, from, from + columns);
      }
    },
    gatherIndex: (rows, columns, table, index, out) => {
      for (let i = 0; i < rows; i++) {
        const from = table / 4 + indexes[index / 4 + i]! * columns;
        indexes.copyWithin(out / 4 + i * columns, from, from + columns);
      }
    },
    scatterAdd: (rows, columns, source, index, table) => {
      for (let i = 0; i < rows; i++) {
        const from = source / 8 + i * columns;
        const to = table / 8 + indexes[index / 4 + i]! * columns;
        for (let j = 0; j < columns; j++) floats[to + j]! += floats[from + j]!;
      }
    },
  };
}
