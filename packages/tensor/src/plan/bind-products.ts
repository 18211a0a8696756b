import type { Binder, Operand } from "./binding.ts";
import { addendRow, matrixStrides } from "./layout.ts";

export const matmul: Binder<"matmul" | "matmulAdd"> = ({ kernels, operation, inputs, out }) => {
  const [a, b] = inputs.slice(-2).map((x) => ({ ...x, ...matrixStrides({ root: 0, ...x }, x.shape)! }));
  const [aRow, aColumn] = operation.transposeA ? [a!.column, a!.row] : [a!.row, a!.column];
  const [bRow, bColumn] = operation.transposeB ? [b!.column, b!.row] : [b!.row, b!.column];
  const [m, n] = [out.shape[0]!, out.shape[1]!];
  const k = a!.shape[operation.transposeA ? 0 : 1]!;
  const { offset: aO, trial: aT } = a!;
  const { offset: bO, trial: bT } = b!;
  const { offset: o, trial: oT } = out;
  if (operation.op === "matmul") return [(base) => kernels.matmul(m, n, k, aO + aT * base, aRow, aColumn, bO + bT * base, bRow, bColumn, o + oT * base)];
  const { offset: d, trial: dT } = inputs[0]!;
  const dRow = addendRow({ root: 0, ...inputs[0]! }, inputs[0]!.shape)!;
  return [(base) => kernels.matmulAdd(m, n, k, aO + aT * base, aRow, aColumn, bO + bT * base, bRow, bColumn, d + dT * base, dRow, o + oT * base)];
};

export const gram: Binder<"gram"> = ({ kernels, inputs: [x], out }) => {
  const [n, k] = [x!.shape[0]!, x!.shape[1]!];
  const { row, column } = matrixStrides({ root: 0, ...x! }, x!.shape)!;
  const { offset: a, trial: aT } = x!;
  const { offset: o, trial: oT } = out;
  return [(base) => kernels.gram(n, k, a + aT * base, row, column, o + oT * base)];
};

/** Strides of the matrices of an operand [batch, rows, columns], and from one to the next. */
const matricesOf = (x: Operand, transposed: boolean): { next: number; row: number; column: number } => {
  const { row, column } = matrixStrides({ root: 0, offset: x.offset, strides: x.strides.slice(1) }, x.shape.slice(1))!;
  return { next: x.strides[0]!, ...(transposed ? { row: column, column: row } : { row, column }) };
};

export const batchMatmul: Binder<"batchMatmul"> = ({ kernels, operation, inputs: [a, b], out }) => {
  const [batch, m, n] = [out.shape[0]!, out.shape[1]!, out.shape[2]!];
  const k = a!.shape[operation.transposeA ? 1 : 2]!;
  const { floatBytes } = kernels;
  const { next: aNext, row: aRow, column: aColumn } = matricesOf(a!, operation.transposeA);
  const { next: bNext, row: bRow, column: bColumn } = matricesOf(b!, operation.transposeB);
  const { offset: aO, trial: aT } = a!;
  const { offset: bO, trial: bT } = b!;
  const { offset: o, trial: oT } = out;
  return [
    (base) => {
      for (let i = 0; i < batch; i++) {
        const [aAt, bAt, at] = [aO + aT * base + i * aNext * floatBytes, bO + bT * base + i * bNext * floatBytes, o + oT * base + i * m * n * floatBytes];
        kernels.matmul(m, n, k, aAt, aRow, aColumn, bAt, bRow, bColumn, at);
      }
    },
  ];
};
