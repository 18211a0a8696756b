import type { Node, OpName } from "../program.ts";
import { sameShape, sizeOf } from "../shape.ts";
import { as, type Context, type Rewrite } from "./context.ts";

export const simplifyReshape: Rewrite<"reshape"> = (c, { shape }, [x]) => {
  if (sameShape(x!.shape, shape)) return x!;
  const value = as(x!, "fill")?.operation.value;
  if (value !== undefined) return c.ops.fill(value, shape);
  return as(x!, "reshape") === undefined ? undefined : c.ops.reshape(c.input(x!, 0), shape);
};

export const simplifyBroadcast: Rewrite<"broadcast"> = (c, { shape }, [x]) => {
  if (sameShape(x!.shape, shape)) return x!;
  const value = as(x!, "fill")?.operation.value;
  if (value !== undefined) return c.ops.fill(value, shape);
  return as(x!, "broadcast") === undefined ? undefined : c.ops.broadcast(c.input(x!, 0), shape);
};

export const simplifyTranspose: Rewrite<"transpose"> = (c, _, [x], shape) => {
  const value = as(x!, "fill")?.operation.value;
  if (value !== undefined) return c.ops.fill(value, shape);
  if (as(x!, "transpose") !== undefined) return c.input(x!, 0);
  return isSymmetric(c, x!) ? x! : undefined;
};

const elementwise: ReadonlySet<OpName> = new Set<OpName>(["affine", "square", "add", "sub", "mul", "div"]);

/** Whether a value equals its transpose bit by bit: what gradients of Gram matrices are made of. */
function isSymmetric(c: Context, x: Node): boolean {
  if (x.operation.op === "gram") return true;
  if (!elementwise.has(x.operation.op)) return sizeOf(x.shape) === 1;
  return x.inputs.every((_, position) => isSymmetric(c, c.input(x, position)));
}

export const simplifySlice: Rewrite<"slice"> = (c, operation, [x], shape) => {
  if (sameShape(x!.shape, shape)) return x!;
  const value = as(x!, "fill")?.operation.value;
  if (value !== undefined) return c.ops.fill(value, shape);
  const inner = as(x!, "slice");
  if (inner === undefined || inner.operation.axis !== operation.axis) return undefined;
  return c.ops.apply({ ...operation, start: operation.start + inner.operation.start }, [c.input(inner, 0)]);
};

export const simplifyPlace: Rewrite<"place"> = (_c, _, [x], shape) => (sameShape(x!.shape, shape) ? x! : undefined);

/** The sum of two neighbouring parts of the same zeros is one longer part: gradients of the slices of a sequence become one concatenation. */
export function joinPlaces(c: Context, [a, b]: readonly Node[]): Node | undefined {
  const [left, right] = [as(a!, "place"), as(b!, "place")];
  if (left === undefined || right === undefined) return undefined;
  const { axis, length } = left.operation;
  if (right.operation.axis !== axis || right.operation.length !== length) return undefined;
  const [first, second] = left.operation.start < right.operation.start ? [left, right] : [right, left];
  const { start } = first.operation;
  if (start + c.input(first, 0).shape[axis]! !== second.operation.start) return undefined;
  const parts = [first, second].flatMap((place) => {
    const part = c.input(place, 0);
    return as(part, "concat")?.operation.axis === axis ? part.inputs.map((_, i) => c.input(part, i)) : [part];
  });
  return c.ops.apply({ op: "place", axis, start, length }, [c.ops.apply({ op: "concat", axis }, parts)]);
}

export const simplifyConcat: Rewrite<"concat"> = (c, _, inputs, shape) => {
  if (inputs.length === 1) return inputs[0]!;
  const value = as(inputs[0]!, "fill")?.operation.value;
  const constant = value !== undefined && inputs.every((x) => Object.is(as(x, "fill")?.operation.value, value));
  return constant ? c.ops.fill(value, shape) : undefined;
};

/** Sums of constants are constants, of one element are reshapes; scaling is cheaper after summing. */
export const simplifySum: Rewrite<"sum"> = (c, operation, [x], shape) => {
  const count = x!.shape.slice(operation.axis, operation.axis + operation.count).reduce((product, extent) => product * extent, 1);
  const value = as(x!, "fill")?.operation.value;
  if (value !== undefined) return c.ops.fill(value * count, shape);
  if (count === 1) return c.ops.reshape(x!, shape);
  const scaled = as(x!, "affine");
  if (scaled === undefined || scaled.operation.shift !== 0) return undefined;
  return c.ops.affine(c.ops.apply(operation, [c.input(scaled, 0)]), scaled.operation.scale);
};

/** Transposed operands become flags of the product; a product with zeros, such as of a first hidden state, is zeros. */
export const simplifyMatmul: Rewrite<"matmul"> = (c, { transposeA, transposeB }, [a, b], shape) => {
  if ([a!, b!].some((x) => as(x, "fill")?.operation.value === 0)) return c.ops.fill(0, shape);
  const left = as(a!, "transpose") === undefined ? a! : c.input(a!, 0);
  const right = as(b!, "transpose") === undefined ? b! : c.input(b!, 0);
  if (left === a && right === b) return undefined;
  return c.ops.matmul(left, right, { transposeA: transposeA !== (left !== a), transposeB: transposeB !== (right !== b) });
};

/** Below a window of one element that goes everywhere lies the image itself. */
export const simplifyPatches: Rewrite<"patches"> = (_c, { kernel, stride }, [x]) => ([...kernel, ...stride].every((extent) => extent === 1) ? x! : undefined);

export const simplifyGather: Rewrite<"gather"> = (c, _, [table], shape) => {
  const value = as(table!, "fill")?.operation.value;
  return value === undefined ? undefined : c.ops.fill(value, shape);
};
