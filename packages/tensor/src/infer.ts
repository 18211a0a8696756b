import type { Attributes, DType, Operation, OperationOf, OpName, Tensor } from "./program.ts";
import { broadcastShapes, checkExtents, type Shape, ShapeError, sameShape, show, sizeOf } from "./shape.ts";
import { positions, type Window } from "./window.ts";

type Rule<K extends OpName> = (operation: OperationOf<K>, inputs: readonly Tensor[]) => Shape;

function fail(op: string, inputs: readonly Tensor[], reason: string): never {
  throw new ShapeError(`${op}: ${reason}; shapes ${inputs.map((x) => `${show(x.shape)}${x.dtype === "index" ? " (index)" : ""}`).join(" and ")}`);
}

const own = (operation: { readonly op: string; readonly shape: Shape }): Shape => {
  checkExtents(operation.op, operation.shape);
  return operation.shape;
};

const same: Rule<OpName> = (_, [x]) => x!.shape;

const binary = (operation: { readonly op: string }, [a, b]: readonly Tensor[]): Shape => broadcastShapes(operation.op, a!.shape, b!.shape);

function product(operation: OperationOf<"matmul" | "matmulAdd" | "batchMatmul">, a: Tensor, b: Tensor): Shape {
  if (a.shape.length !== 2 || b.shape.length !== 2) fail(operation.op, [a, b], "both operands must be matrices");
  const [m, k] = operation.transposeA ? [a.shape[1]!, a.shape[0]!] : [a.shape[0]!, a.shape[1]!];
  const [rows, n] = operation.transposeB ? [b.shape[1]!, b.shape[0]!] : [b.shape[0]!, b.shape[1]!];
  if (k !== rows)
    fail(operation.op, [a, b], `${k} columns do not meet ${rows} rows${operation.transposeA || operation.transposeB ? " after transposition" : ""}`);
  return [m, n];
}

/** Whether a value can be added to a product as it is stored: of its shape, or the same for every row of several columns. */
export function isAddend(shape: Shape, whole: Shape): boolean {
  return sameShape(shape, whole) || (whole[1]! > 1 && (sameShape(shape, whole.slice(1)) || sameShape(shape, [1, whole[1]!])));
}

function axisOf(op: string, axis: number, x: Tensor): number {
  if (!Number.isInteger(axis) || axis < 0 || axis >= x.shape.length) fail(op, [x], `there is no axis ${axis}`);
  return x.shape[axis]!;
}

function batchProduct(operation: OperationOf<"batchMatmul">, [a, b]: readonly Tensor[]): Shape {
  if (a!.shape.length !== 3 || b!.shape.length !== 3 || a!.shape[0] !== b!.shape[0])
    fail(operation.op, [a!, b!], "both operands must be equally many matrices [batch, rows, columns]");
  const [first, second] = [a!, b!].map((x) => ({ ...x, shape: x.shape.slice(1) }));
  return [a!.shape[0]!, ...product(operation, first!, second!)];
}

function labelled(op: string, inputs: readonly Tensor[]): Shape {
  const [logits, labels] = inputs;
  if (logits!.shape.length !== 2) fail(op, inputs, "logits must be a matrix [rows, classes]");
  if (labels!.dtype !== "index" || !sameShape(labels!.shape, [logits!.shape[0]!])) fail(op, inputs, `labels must be ${logits!.shape[0]} indexes`);
  return logits!.shape;
}

function indexed(op: string, inputs: readonly Tensor[]): number {
  const index = inputs[1]!;
  if (index.dtype !== "index" || index.shape.length !== 1) fail(op, inputs, "the second operand must be a list of indexes");
  if (inputs[0]!.shape.length === 0) fail(op, inputs, "the first operand must have rows");
  return index.shape[0]!;
}

const pooled = (operation: Window & { readonly op: string }, x: Tensor): Shape => {
  const [down, across] = positions(operation.op, operation, x.shape);
  return [x.shape[0]!, down, across, x.shape[3]!];
};

const patched = (operation: Window & { readonly op: string }, image: Shape): Shape => {
  const [down, across] = positions(operation.op, operation, image);
  return [image[0]!, down, across, operation.kernel[0] * operation.kernel[1] * image[3]!];
};

const rules: { readonly [K in OpName]: Rule<K> } = {
  state: own,
  constant: own,
  shared: own,
  stream: own,
  scalars: own,
  fill: own,
  exp: same,
  log: same,
  tanh: same,
  sigmoid: same,
  relu: same,
  step: same,
  sqrt: same,
  square: same,
  affine: same,
  copy: same,
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  gate: (_, inputs) => {
    if (!sameShape(inputs[0]!.shape, inputs[1]!.shape)) fail("gate", inputs, "both operands must have the same shape");
    return inputs[0]!.shape;
  },
  matmul: (operation, [a, b]) => product(operation, a!, b!),
  matmulAdd: (operation, inputs) => {
    const shape = product(operation, inputs[1]!, inputs[2]!);
    if (!isAddend(inputs[0]!.shape, shape)) fail("matmulAdd", inputs, `the product is ${show(shape)}`);
    return shape;
  },
  batchMatmul: batchProduct,
  gram: (_, [x]) => {
    if (x!.shape.length !== 2) fail("gram", [x!], "the operand must be a matrix");
    return [x!.shape[0]!, x!.shape[0]!];
  },
  sum: ({ axis, count }, [x]) => {
    axisOf("sum", axis, x!);
    axisOf("sum", axis + count - 1, x!);
    return [...x!.shape.slice(0, axis), ...x!.shape.slice(axis + count)];
  },
  broadcast: ({ shape }, [x]) => {
    checkExtents("broadcast", shape);
    if (!sameShape(broadcastShapes("broadcast", x!.shape, shape), shape)) fail("broadcast", [x!], `the target ${show(shape)} is smaller`);
    return shape;
  },
  reshape: ({ shape }, [x]) => {
    checkExtents("reshape", shape);
    if (sizeOf(shape) !== sizeOf(x!.shape)) fail("reshape", [x!], `${show(shape)} has another number of elements`);
    return shape;
  },
  transpose: (_, [x]) => {
    if (x!.shape.length !== 2) fail("transpose", [x!], "the operand must be a matrix");
    return [x!.shape[1]!, x!.shape[0]!];
  },
  slice: ({ axis, start, size }, [x]) => {
    const extent = axisOf("slice", axis, x!);
    const inside = Number.isInteger(start) && Number.isInteger(size) && start >= 0 && size > 0 && start + size <= extent;
    if (!inside) fail("slice", [x!], `${size} elements from ${start} are not within the ${extent} of axis ${axis}`);
    return x!.shape.with(axis, size);
  },
  place: ({ axis, start, length }, [x]) => {
    const extent = axisOf("place", axis, x!);
    if (start < 0 || start + extent > length) fail("place", [x!], `${extent} elements at ${start} do not fit into ${length}`);
    return x!.shape.with(axis, length);
  },
  concat: ({ axis }, inputs) => {
    if (inputs.length === 0) throw new ShapeError("concat: there is nothing to join");
    const [first] = inputs;
    const total = inputs.reduce((sum, x) => sum + axisOf("concat", axis, x), 0);
    const fits = inputs.every((x) => sameShape(x.shape.with(axis, 1), first!.shape.with(axis, 1)));
    if (!fits) fail("concat", inputs, `extents beside axis ${axis} differ`);
    return first!.shape.with(axis, total);
  },
  gather: (_, inputs) => [indexed("gather", inputs), ...inputs[0]!.shape.slice(1)],
  scatterAdd: ({ rows }, inputs) => {
    if (indexed("scatterAdd", inputs) !== inputs[0]!.shape[0]) fail("scatterAdd", inputs, "every row needs one index");
    return [rows, ...inputs[0]!.shape.slice(1)];
  },
  patches: (operation, [x]) => patched(operation, x!.shape),
  unpatches: (operation, [x]) => {
    const { kernel, height, width } = operation;
    const image = [x!.shape[0]!, height, width, (x!.shape[3] ?? 0) / (kernel[0] * kernel[1])];
    checkExtents("unpatches", image);
    if (!sameShape(patched(operation, image), x!.shape)) fail("unpatches", [x!], `patches of ${show(image)} have other extents`);
    return image;
  },
  maxPool: (operation, [x]) => pooled(operation, x!),
  maxPoolGradient: (operation, inputs) => {
    const shape = pooled(operation, inputs[0]!);
    if (!inputs.slice(1).every((x) => sameShape(x.shape, shape))) fail("maxPoolGradient", inputs, `pools are ${show(shape)}`);
    return inputs[0]!.shape;
  },
  softmax: ({ causal }, [x]) => {
    const [rows, columns] = x!.shape.slice(-2);
    if (rows === undefined) fail("softmax", [x!], "the operand must have an axis");
    if (causal && rows !== columns) fail("softmax", [x!], "causal rows are those of square matrices");
    return x!.shape;
  },
  crossEntropy: (_, inputs) => [labelled("crossEntropy", inputs)[0]!],
  crossEntropyGradient: (_, inputs) => {
    const shape = labelled("crossEntropyGradient", inputs);
    if (!sameShape(inputs[2]!.shape, [shape[0]!])) fail("crossEntropyGradient", inputs, "the upstream gradient needs one element a row");
    return shape;
  },
  correct: (_, inputs) => [labelled("correct", inputs)[0]!],
};

/** Operations whose first operand may hold indexes; every other operand is checked to be float where the operation wants floats. */
const takesIndexes: ReadonlySet<OpName> = new Set<OpName>(["gather", "reshape", "slice"]);
const indexOperand: Partial<Record<OpName, number>> = { gather: 1, scatterAdd: 1, crossEntropy: 1, crossEntropyGradient: 1, correct: 1 };

function checkTypes(op: OpName, inputs: readonly Tensor[]): void {
  inputs.forEach((x, position) => {
    if (x.dtype === "index" && position !== indexOperand[op] && !(position === 0 && takesIndexes.has(op))) {
      fail(op, inputs, `operand ${position + 1} must hold floats`);
    }
  });
}

/** Shape and element type of an operation's result; throws ShapeError naming the operation and the shapes. */
export function infer(operation: Operation, inputs: readonly Tensor[]): { shape: Shape; dtype: DType } {
  checkTypes(operation.op, inputs);
  const rule = rules[operation.op] as Rule<OpName>;
  const shape = rule(operation, inputs);
  if ("dtype" in operation) return { shape, dtype: operation.dtype };
  return { shape, dtype: takesIndexes.has(operation.op) ? inputs[0]!.dtype : "float" };
}

/** The names of all operations. */
export const operationNames: readonly OpName[] = Object.keys(rules) as (keyof Attributes)[];
