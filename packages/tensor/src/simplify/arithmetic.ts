import { exp, log, sigmoid, tanh } from "../elementary.ts";
import type { BinaryOp, Node, OperationOf, UnaryOp } from "../program.ts";
import { broadcastShapes, type Shape, sameShape, sizeOf } from "../shape.ts";
import { as, type Context, type Rewrite } from "./context.ts";
import { joinPlaces } from "./layout.ts";

const unaryFunctions: Readonly<Record<UnaryOp, (x: number) => number>> = {
  exp,
  log,
  tanh,
  sigmoid,
  relu: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  step: (x) => (x > 0 ? 1 : 0),
  sqrt: Math.sqrt,
  square: (x) => x * x,
};

const binaryFunctions: Readonly<Record<BinaryOp, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  div: (a, b) => a / b,
};

const filled = (node: Node): number | undefined => as(node, "fill")?.operation.value;

/** f(constant) is a constant, and f commutes with broadcasting. */
export const simplifyUnary: Rewrite<UnaryOp> = (c, { op }, [x]) => {
  const value = filled(x!);
  if (value !== undefined) return c.ops.fill(unaryFunctions[op](value), x!.shape);
  if (as(x!, "broadcast") !== undefined) return c.ops.broadcast(c.ops.unary(op, c.input(x!, 0)), x!.shape);
  return undefined;
};

/** Chains of affine maps are one; the identity vanishes. */
export const simplifyAffine: Rewrite<"affine"> = (c, { scale, shift }, [x]) => {
  if (scale === 1 && shift === 0) return x!;
  const value = filled(x!);
  if (value !== undefined) return c.ops.fill(scale * value + shift, x!.shape);
  if (as(x!, "broadcast") !== undefined) return c.ops.broadcast(c.ops.affine(c.input(x!, 0), scale, shift), x!.shape);
  const inner = as(x!, "affine");
  if (inner === undefined) return undefined;
  return c.ops.affine(c.input(inner, 0), scale * inner.operation.scale, scale * inner.operation.shift + shift);
};

/** −y, where the node is that. */
function negated(c: Context, node: Node): Node | undefined {
  const affine = as(node, "affine")?.operation;
  return affine !== undefined && affine.scale === -1 && affine.shift === 0 ? c.input(node, 0) : undefined;
}

/** Constants become affine maps, needless broadcasts and signs vanish. */
export const simplifyBinary: Rewrite<BinaryOp> = (c, operation, inputs, shape) =>
  withConstant(c, operation, inputs, shape) ??
  (operation.op === "add" ? joinPlaces(c, inputs) : undefined) ??
  withoutSigns(c, operation, inputs) ??
  (operation.op === "mul" ? gated(c, inputs) : undefined) ??
  (operation.op === "add" ? belowReshape(c, inputs) : undefined) ??
  withoutBroadcast(c, operation, inputs, shape);

/** a·step(x) in one pass: the gradient of relu. */
function gated(c: Context, [a, b]: readonly Node[]): Node | undefined {
  for (const [x, other] of [
    [a!, b!],
    [b!, a!],
  ]) {
    if (as(x!, "step") !== undefined && sameShape(x!.shape, other!.shape)) return c.ops.apply({ op: "gate" }, [other!, c.input(x!, 0)]);
  }
  return undefined;
}

/** A row added to every row of a reshaped product, such as a convolution, is added before, where the product can take it along. */
function belowReshape(c: Context, inputs: readonly Node[]): Node | undefined {
  const [reshaped, row] = as(inputs[0]!, "reshape") === undefined ? inputs.toReversed() : inputs;
  if (as(reshaped!, "reshape") === undefined) return undefined;
  const product = c.input(reshaped!, 0);
  const columns = reshaped!.shape.at(-1);
  if (as(product, "matmul") === undefined || columns === undefined || product.shape[1] !== columns) return undefined;
  if (row!.shape.at(-1) !== columns || sizeOf(row!.shape) !== columns) return undefined;
  return c.ops.reshape(c.ops.binary("add", product, c.ops.reshape(row!, [columns])), reshaped!.shape);
}

function withConstant(c: Context, { op }: OperationOf<BinaryOp>, [a, b]: readonly Node[], shape: Shape): Node | undefined {
  const left = filled(a!);
  const right = filled(b!);
  if (left !== undefined && right !== undefined) return c.ops.fill(binaryFunctions[op](left, right), shape);
  if (right !== undefined) {
    const map = { add: { scale: 1, shift: right }, sub: { scale: 1, shift: -right }, mul: { scale: right, shift: 0 }, div: { scale: 1 / right, shift: 0 } }[op];
    return c.ops.affine(c.ops.broadcast(a!, shape), map.scale, map.shift);
  }
  if (left === undefined || op === "div") return undefined;
  const map = { add: { scale: 1, shift: left }, sub: { scale: -1, shift: left }, mul: { scale: left, shift: 0 } }[op];
  return c.ops.affine(c.ops.broadcast(b!, shape), map.scale, map.shift);
}

function withoutSigns(c: Context, { op }: OperationOf<BinaryOp>, [a, b]: readonly Node[]): Node | undefined {
  if (op === "mul" && a === b) return c.ops.unary("square", a!);
  if (op !== "add" && op !== "sub") return undefined;
  const subtrahend = negated(c, b!);
  if (subtrahend !== undefined) return c.ops.binary(op === "add" ? "sub" : "add", a!, subtrahend);
  const other = op === "add" ? negated(c, a!) : undefined;
  return other === undefined ? undefined : c.ops.binary("sub", b!, other);
}

function withoutBroadcast(c: Context, { op }: OperationOf<BinaryOp>, [a, b]: readonly Node[], shape: Shape): Node | undefined {
  const left = as(a!, "broadcast") === undefined ? a! : c.input(a!, 0);
  const right = as(b!, "broadcast") === undefined ? b! : c.input(b!, 0);
  if (left === a && right === b) return undefined;
  if (sameShape(broadcastShapes(op, left.shape, b!.shape), shape) && left !== a) return c.ops.binary(op, left, b!);
  if (sameShape(broadcastShapes(op, a!.shape, right.shape), shape) && right !== b) return c.ops.binary(op, a!, right);
  if (left === a || right === b || sizeOf(broadcastShapes(op, left.shape, right.shape)) === sizeOf(shape)) return undefined;
  return c.ops.broadcast(c.ops.binary(op, left, right), shape);
}
