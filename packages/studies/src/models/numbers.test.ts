import { normals } from "@allot/tensor";
import { expect, test } from "vitest";
import { matrix, timesTransposed } from "./numbers.ts";

const [rows, width] = [7, 13];
/** Half of it zeros, one of its rows nothing else. */
const a = normals("00000000000000aa", rows * width).map((z, at) => (z < 0 || at < width ? 0 : z));

test.for([1, 2, 3, 4, 5, 8, 11])("a product with %i outputs has the bits of sums in the order of the columns", (outputs) => {
  const b = normals("00000000000000bb", outputs * width);
  const plain = Float64Array.from({ length: rows * outputs }, (_, at) => {
    const [row, out] = [Math.floor(at / outputs), at % outputs];
    return a.subarray(row * width, (row + 1) * width).reduce((sum, value, column) => sum + value * b[out * width + column]!, 0);
  });
  const x = matrix(a, width);
  expect(timesTransposed(x, b)).toEqual(plain);
  expect(timesTransposed(x, b)).toEqual(plain);
});
