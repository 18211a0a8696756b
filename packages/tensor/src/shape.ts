/** Extents of a tensor of one trial, row-major; `[]` is a scalar. The trial axis is never part of a shape. */
export type Shape = readonly number[];

/** A tensor operation was given shapes, axes or element types it does not take; the message names operation and shapes. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

/** `[2, 3]`, as error messages print shapes. */
export function show(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let size = 1;
  for (const extent of shape) size *= extent;
  return size;
}

/** Whether two shapes are the same, extent by extent. */
export function sameShape(a: Shape, b: Shape): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Row-major strides in elements. */
export function rowMajor(shape: Shape): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (const extent of shape.toReversed()) {
    strides.unshift(stride);
    stride *= extent;
  }
  return strides;
}

/** The shape numpy's broadcasting gives to `a ∘ b`; throws ShapeError naming `op`. */
export function broadcastShapes(op: string, a: Shape, b: Shape): number[] {
  const rank = Math.max(a.length, b.length);
  const out: number[] = [];
  for (let axis = 0; axis < rank; axis++) {
    const left = a[axis - rank + a.length] ?? 1;
    const right = b[axis - rank + b.length] ?? 1;
    if (left !== right && left !== 1 && right !== 1) {
      throw new ShapeError(`${op}: shapes ${show(a)} and ${show(b)} do not broadcast: ${left} against ${right} elements`);
    }
    out.push(left === 1 ? right : left);
  }
  return out;
}

/** Throws ShapeError unless every extent is a positive integer. */
export function checkExtents(op: string, shape: Shape): void {
  if (!shape.every((extent) => Number.isSafeInteger(extent) && extent > 0)) {
    throw new ShapeError(`${op}: shape ${show(shape)} must hold positive integers`);
  }
}
