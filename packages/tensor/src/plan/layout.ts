import type { Operation } from "../program.ts";
import { rowMajor, type Shape, sameShape, sizeOf } from "../shape.ts";

/** Where a value's elements lie: in the memory of node `root`, from `offset`, by strides; both in elements. */
export interface Layout {
  readonly root: number;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** Whether the elements lie row-major without gaps. */
export function isContiguous({ strides }: Layout, shape: Shape): boolean {
  const wanted = rowMajor(shape);
  return shape.every((extent, axis) => extent === 1 || strides[axis] === wanted[axis]);
}

/** Row and column strides as the product kernels take them, or undefined where neither rows nor columns lie side by side. */
export function matrixStrides({ strides }: Layout, shape: Shape): { row: number; column: number } | undefined {
  const [rows, columns] = [shape[0]!, shape[1]!];
  const [row, column] = [strides[0]!, strides[1]!];
  if (columns === 1) return rows === 1 || row > 0 ? { row: rows === 1 ? 1 : row, column: 1 } : undefined;
  if (rows === 1) return column === 1 ? { row: columns, column: 1 } : column > 0 ? { row: 1, column } : undefined;
  return (column === 1 && row > 0) || (row === 1 && column > 0) ? { row, column } : undefined;
}

/** Row stride of what is added to a product, or undefined where its columns do not lie side by side; a single column lies in one run. */
export function addendRow({ strides }: Layout, shape: Shape): number | undefined {
  const columns = shape.at(-1)!;
  const row = shape.length === 2 && shape[0]! > 1 ? strides[0]! : 0;
  if (columns === 1) return shape[0] === 1 || row === 1 ? 1 : undefined;
  return strides.at(-1) === 1 ? row : undefined;
}

/** The layout of an operation that only looks at its operand's memory in another way, or undefined where it needs memory of its own. */
export function viewOf(operation: Operation, x: Layout, shape: Shape): Layout | undefined {
  if (operation.op === "transpose") return { ...x, strides: x.strides.toReversed() };
  if (operation.op === "slice") return { ...x, offset: x.offset + operation.start * x.strides[operation.axis]! };
  if (operation.op === "reshape") return reshaped(x, shape, operation.shape);
  if (operation.op === "broadcast") return { ...x, strides: broadcastStrides(x.strides, shape, operation.shape) };
  return undefined;
}

/** Strides by which an operand of shape `from` walks through a grid of shape `to`. */
export function broadcastStrides(strides: readonly number[], from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  return to.map((_, axis) => (axis < lead || from[axis - lead] === 1 ? 0 : strides[axis - lead]!));
}

function reshaped(x: Layout, from: Shape, to: Shape): Layout | undefined {
  if (isContiguous(x, from)) return { ...x, strides: rowMajor(to) };
  if (sizeOf(from) > 1 && from.every((extent, axis) => extent === 1 || x.strides[axis] === 0)) return { ...x, strides: to.map(() => 0) };
  if (!sameShape(withoutOnes(from), withoutOnes(to))) return undefined;
  const strides = x.strides.filter((_, axis) => from[axis] !== 1);
  return { ...x, strides: to.map((extent) => (extent === 1 ? 0 : strides.shift()!)) };
}

const withoutOnes = (shape: Shape): Shape => shape.filter((extent) => extent !== 1);

/** A grid of fewer axes: extents of one vanish, neighbours that every operand walks through evenly become one. */
export function collapse(shape: Shape, strides: readonly (readonly number[])[]): { shape: number[]; strides: number[][] } {
  const out: { shape: number[]; strides: number[][] } = { shape: [], strides: strides.map(() => []) };
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const extent = shape[axis]!;
    if (extent === 1) continue;
    const inner = out.shape[0];
    if (inner !== undefined && strides.every((s, i) => s[axis] === out.strides[i]![0]! * inner)) {
      out.shape[0] = inner * extent;
      continue;
    }
    out.shape.unshift(extent);
    strides.forEach((s, i) => out.strides[i]!.unshift(s[axis]!));
  }
  return out;
}

/** How a copy into row-major memory goes: row by row, by transposing, or neither. */
export function copyKind(strides: readonly number[], shape: Shape): "rows" | "transposed" | undefined {
  const grid = collapse(shape, [strides]);
  const [first, second] = grid.strides[0]!;
  switch (grid.shape.length) {
    case 0:
      return "rows";
    case 1:
      return first === 1 ? "rows" : undefined;
    case 2:
      if (second === 1) return "rows";
      return first === 1 && second === grid.shape[0] ? "transposed" : undefined;
    default:
      return undefined;
  }
}
