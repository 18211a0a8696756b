/** The entries of a matrix that are not zero, row by row. */
interface Sparse {
  /** Where each row starts in the two others; one more than rows. */
  readonly starts: Int32Array;
  readonly columns: Int32Array;
  readonly values: Float64Array;
}

const sparse = (a: Float64Array, width: number): Sparse => {
  const starts = new Int32Array(a.length / width + 1);
  const columns = new Int32Array(a.length);
  const values = new Float64Array(a.length);
  let filled = 0;
  for (let at = 0; at < a.length; at++) {
    if (a[at] !== 0) {
      columns[filled] = at % width;
      values[filled++] = a[at]!;
    }
    if ((at + 1) % width === 0) starts[(at + 1) / width] = filled;
  }
  return { starts, columns, values };
};

/** a·bᵀ for a [rows, width] and b [out, width], float64, [rows, out]; zeros of `a` cost nothing. */
export const timesTransposed = (a: Float64Array, b: Float64Array, width: number): Float64Array => {
  const { starts, columns, values } = sparse(a, width);
  const rows = starts.length - 1;
  const outputs = b.length / width;
  const product = new Float64Array(rows * outputs);
  for (let out = 0; out < outputs; out++) {
    const weights = b.subarray(out * width, (out + 1) * width);
    for (let row = 0; row < rows; row++) {
      const end = starts[row + 1]!;
      let sum = 0;
      for (let at = starts[row]!; at < end; at++) sum += values[at]! * weights[columns[at]!]!;
      product[row * outputs + out] = sum;
    }
  }
  return product;
};
