/** The entries of a matrix that are not zero, row by row. */
interface Sparse {
  /** Where each row starts in the two others; one more than rows. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

/** A matrix [rows, width] of float64, row-major. */
export interface Matrix {
  readonly values: Float64Array;
  readonly width: number;
  /** Looked for once, however often it is multiplied. */
  readonly sparse: () => Sparse;
}

export const matrix = (values: Float64Array, width: number): Matrix => {
  let found: Sparse | undefined;
  return { values, width, sparse: () => (found ??= sparse(values, width)) };
};

const sparse = (a: Float64Array, width: number): Sparse => {
  const rows = a.length / width;
  const filled = a.reduce((count, value) => (value === 0 ? count : count + 1), 0);
  const starts = new Int32Array(rows + 1);
  const columns = new Int32Array(filled);
  const values = new Float64Array(filled);
  let next = 0;
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < width; column++) {
      const value = a[row * width + column]!;
      if (value === 0) continue;
      columns[next] = column;
      values[next++] = value;
    }
    starts[row + 1] = next;
  }
  return { starts, columns, values };
};

/** a·bᵀ for a [rows, width] and b [out, width], float64, [rows, out]: each element one sum in the order of the columns; zeros of `a` cost nothing. */
export const timesTransposed = (a: Matrix, b: Float64Array): Float64Array => {
  const { width } = a;
  const { starts, columns, values } = a.sparse();
  const rows = starts.length - 1;
  const outputs = b.length / width;
  const product = new Float64Array(rows * outputs);
  // Four sums at a time, none of which waits for another; past the last output they are that one's again.
  for (let out = 0; out < outputs; out += 4) {
    const out1 = Math.min(out + 1, outputs - 1);
    const out2 = Math.min(out + 2, outputs - 1);
    const out3 = Math.min(out + 3, outputs - 1);
    for (let row = 0; row < rows; row++) {
      const end = starts[row + 1]!;
      let sum = 0;
      let sum1 = 0;
      let sum2 = 0;
      let sum3 = 0;
      for (let at = starts[row]!; at < end; at++) {
        const value = values[at]!;
        const column = columns[at]!;
        sum += value * b[out * width + column]!;
        sum1 += value * b[out1 * width + column]!;
        sum2 += value * b[out2 * width + column]!;
        sum3 += value * b[out3 * width + column]!;
      }
      product[row * outputs + out] = sum;
      product[row * outputs + out1] = sum1;
      product[row * outputs + out2] = sum2;
      product[row * outputs + out3] = sum3;
    }
  }
  return product;
};
