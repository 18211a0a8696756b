/** a·b for a [rows, inner] and b [inner, columns], float64. */
export const product = (a: ArrayLike<number>, b: ArrayLike<number>, inner: number): Float64Array => {
  const [rows, columns] = [a.length / inner, b.length / inner];
  const out = new Float64Array(rows * columns);
  for (let i = 0; i < rows; i++) {
    for (let k = 0; k < inner; k++) {
      const factor = a[i * inner + k]!;
      for (let j = 0; j < columns; j++) out[i * columns + j] = out[i * columns + j]! + factor * b[k * columns + j]!;
    }
  }
  return out;
};
