import type { Kernels } from "../kernels.ts";
import type { DType, OperationOf, OpName } from "../program.ts";

/** One kernel call for the trial whose region starts at byte `base`, with streams at byte `position`. */
export type Step = (base: number, position: number) => void;

/** An operand: its pointer is offset + trial·base (+ moving·position). */
export interface Operand {
  readonly offset: number;
  readonly trial: 0 | 1;
  readonly moving: 0 | 1;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly dtype: DType;
}

export interface Binding<K extends OpName = OpName> {
  readonly kernels: Kernels;
  readonly operation: OperationOf<K>;
  readonly inputs: readonly Operand[];
  readonly out: Operand;
}

/** Makes kernel calls of one operation. */
export type Binder<K extends OpName> = (binding: Binding<K>) => Step[];

/** Whether two operands start at the same place. */
export const same = (a: Operand, b: Operand): boolean => a.offset === b.offset && a.trial === b.trial;

/** Rows of elements from one place to another; strides in elements. */
interface Rows {
  readonly rows: number;
  readonly columns: number;
  readonly source: Operand;
  readonly stride: number;
  readonly target: Operand;
  readonly targetStride: number;
}

export function copyRows(kernels: Kernels, { rows, columns, source, stride, target, targetStride }: Rows): Step {
  const { offset: a, trial: aT } = source;
  const { offset: o, trial: oT } = target;
  return (base) => kernels.copy(rows, columns, a + aT * base, stride, o + oT * base, targetStride);
}
