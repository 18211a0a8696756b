import type { Builder } from "./builder.ts";
import type { BinaryOp, Node, Operation, Tensor, UnaryOp } from "./program.ts";
import { type Shape, ShapeError, show } from "./shape.ts";

/** Which operands of a product are transposed first. */
export interface Transposition {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** The pure operations, without effects, in the form both traced programs and gradient rules use them. */
export interface Ops {
  fill(value: number, shape: Shape): Node;
  matmul(a: Tensor, b: Tensor, transposition?: Transposition): Node;
  batchMatmul(a: Tensor, b: Tensor, transposition?: Transposition): Node;
  binary(op: BinaryOp, a: Tensor, b: Tensor): Node;
  unary(op: UnaryOp, x: Tensor): Node;
  affine(x: Tensor, scale: number, shift?: number): Node;
  sum(x: Tensor, axes?: readonly number[], keep?: boolean): Node;
  mean(x: Tensor, axes?: readonly number[], keep?: boolean): Node;
  /** Sums `x` down to a shape that broadcasts to its own: the adjoint of broadcasting. */
  sumTo(x: Tensor, shape: Shape): Node;
  broadcast(x: Tensor, shape: Shape): Node;
  reshape(x: Tensor, shape: Shape): Node;
  apply(operation: Operation, inputs: readonly Tensor[]): Node;
}

/** Binds the operations to a program under construction. */
export function createOps(builder: Builder): Ops {
  const apply = (operation: Operation, inputs: readonly Tensor[]) => builder.add(operation, inputs);
  const reshape = (x: Tensor, shape: Shape) => apply({ op: "reshape", shape }, [x]);
  const sum: Ops["sum"] = (x, axes, keep = false) => {
    let out = x;
    for (const [axis, count] of runs(axesOf("sum", x.shape, axes))) out = apply({ op: "sum", axis, count }, [out]);
    return reshape(out, keep ? keptShape(x.shape, axes) : out.shape);
  };
  const affine: Ops["affine"] = (x, scale, shift = 0) => apply({ op: "affine", scale, shift }, [x]);
  return {
    apply,
    reshape,
    sum,
    affine,
    fill: (value, shape) => apply({ op: "fill", value, shape }, []),
    matmul: (a, b, { transposeA = false, transposeB = false } = {}) => apply({ op: "matmul", transposeA, transposeB }, [a, b]),
    batchMatmul: (a, b, { transposeA = false, transposeB = false } = {}) => apply({ op: "batchMatmul", transposeA, transposeB }, [a, b]),
    binary: (op, a, b) => apply({ op }, [a, b]),
    unary: (op, x) => apply({ op }, [x]),
    mean: (x, axes, keep) =>
      affine(
        sum(x, axes, keep),
        axesOf("mean", x.shape, axes).reduce((scale, axis) => scale / x.shape[axis]!, 1),
      ),
    sumTo: (x, shape) => {
      const lead = x.shape.length - shape.length;
      const axes = x.shape.map((_, axis) => axis).filter((axis) => axis < lead || (shape[axis - lead] === 1 && x.shape[axis] !== 1));
      return reshape(sum(x, axes), shape);
    },
    broadcast: (x, shape) => apply({ op: "broadcast", shape }, [x]),
  };
}

function axesOf(op: string, shape: Shape, axes: readonly number[] | undefined): number[] {
  if (axes === undefined) return shape.map((_, axis) => axis);
  const sorted = [...new Set(axes)].sort((a, b) => a - b);
  const inside = sorted.length === axes.length && sorted.every((axis) => Number.isInteger(axis) && axis >= 0 && axis < shape.length);
  if (!inside) throw new ShapeError(`${op}: axes ${show(axes)} are not distinct axes of shape ${show(shape)}`);
  return sorted;
}

function keptShape(shape: Shape, axes: readonly number[] | undefined): Shape {
  return shape.map((extent, axis) => (axes === undefined || axes.includes(axis) ? 1 : extent));
}

/** Neighbouring axes as [first, count], last first, so that earlier axes keep their numbers. */
function runs(axes: readonly number[]): [number, number][] {
  const found: [number, number][] = [];
  for (const axis of axes) {
    const last = found.at(-1);
    if (last !== undefined && last[0] + last[1] === axis) last[1]++;
    else found.push([axis, 1]);
  }
  return found.toReversed();
}
