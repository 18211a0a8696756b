import type { Ops } from "./ops.ts";
import type { Node, OperationOf, OpName } from "./program.ts";

/** What a rule sees: the node, its operands, the gradient of the loss with respect to the node, and the operations to build with. */
export interface Adjoint {
  readonly ops: Ops;
  readonly node: Node;
  readonly inputs: readonly Node[];
  readonly upstream: Node;
}

/** The gradient with respect to operand `position`, of that operand's shape. */
export type GradientRule<K extends OpName> = (adjoint: Adjoint, position: number, operation: OperationOf<K>) => Node;

/**
 * `leaf`: has no operands. `zero`: constant almost everywhere, nothing flows. `none`: has no gradient, asking for one is an error.
 */
export type Differentiability<K extends OpName> = GradientRule<K> | "leaf" | "zero" | "none";

/** C = AB gives dA = dC Bᵀ and dB = Aᵀ dC; of a transposed operand the gradient comes transposed too. */
const productRule =
  (op: "matmul" | "batchMatmul"): GradientRule<typeof op> =>
  ({ ops, inputs, upstream }, position, { transposeA, transposeB }) => {
    const [a, b] = [inputs[0]!, inputs[1]!];
    if (position === 0) {
      return transposeA ? ops[op](b, upstream, { transposeA: transposeB, transposeB: true }) : ops[op](upstream, b, { transposeB: !transposeB });
    }
    return transposeB ? ops[op](upstream, a, { transposeA: true, transposeB: transposeA }) : ops[op](a, upstream, { transposeA: !transposeA });
  };

/** Reverse-mode rules, one for every operation, built from the same forward operations. */
export const gradientRules: { readonly [K in OpName]: Differentiability<K> } = {
  state: "leaf",
  constant: "leaf",
  shared: "leaf",
  stream: "leaf",
  scalars: "leaf",
  fill: "leaf",
  step: "zero",
  correct: "none",
  crossEntropyGradient: "none",
  maxPoolGradient: "none",
  matmulAdd: "none",
  gate: "none",
  copy: "none",

  exp: ({ ops, node, upstream }) => ops.binary("mul", upstream, node),
  log: ({ ops, inputs, upstream }) => ops.binary("div", upstream, inputs[0]!),
  tanh: ({ ops, node, upstream }) => ops.binary("mul", upstream, ops.affine(ops.unary("square", node), -1, 1)),
  sigmoid: ({ ops, node, upstream }) => ops.binary("mul", upstream, ops.binary("sub", node, ops.unary("square", node))),
  relu: ({ ops, node, upstream }) => ops.binary("mul", upstream, ops.unary("step", node)),
  sqrt: ({ ops, node, upstream }) => ops.binary("div", ops.affine(upstream, 0.5), node),
  square: ({ ops, inputs, upstream }) => ops.binary("mul", ops.affine(upstream, 2), inputs[0]!),
  affine: ({ ops, upstream }, _, { scale }) => ops.affine(upstream, scale),

  add: ({ ops, inputs, upstream }, position) => ops.sumTo(upstream, inputs[position]!.shape),
  sub: ({ ops, inputs, upstream }, position) => ops.affine(ops.sumTo(upstream, inputs[position]!.shape), position === 0 ? 1 : -1),
  mul: ({ ops, inputs, upstream }, position) => ops.sumTo(ops.binary("mul", upstream, inputs[1 - position]!), inputs[position]!.shape),
  div: ({ ops, node, inputs, upstream }, position) => {
    const quotient = ops.binary("div", upstream, inputs[1]!);
    if (position === 0) return ops.sumTo(quotient, inputs[0]!.shape);
    return ops.affine(ops.sumTo(ops.binary("mul", quotient, node), inputs[1]!.shape), -1);
  },

  matmul: productRule("matmul"),
  batchMatmul: productRule("batchMatmul"),

  gram: ({ ops, inputs, upstream }) => ops.matmul(ops.binary("add", upstream, ops.apply({ op: "transpose" }, [upstream])), inputs[0]!),
  sum: ({ ops, inputs, upstream }, _, { axis, count }) => {
    const shape = inputs[0]!.shape;
    const kept = shape.map((extent, i) => (i >= axis && i < axis + count ? 1 : extent));
    return ops.broadcast(ops.reshape(upstream, kept), shape);
  },
  broadcast: ({ ops, inputs, upstream }) => ops.sumTo(upstream, inputs[0]!.shape),
  reshape: ({ ops, inputs, upstream }) => ops.reshape(upstream, inputs[0]!.shape),
  transpose: ({ ops, upstream }) => ops.apply({ op: "transpose" }, [upstream]),
  slice: ({ ops, inputs, upstream }, _, { axis, start }) => ops.apply({ op: "place", axis, start, length: inputs[0]!.shape[axis]! }, [upstream]),
  place: ({ ops, inputs, upstream }, _, { axis, start }) => ops.apply({ op: "slice", axis, start, size: inputs[0]!.shape[axis]! }, [upstream]),
  concat: ({ ops, inputs, upstream }, position, { axis }) => {
    const start = inputs.slice(0, position).reduce((sum, x) => sum + x.shape[axis]!, 0);
    return ops.apply({ op: "slice", axis, start, size: inputs[position]!.shape[axis]! }, [upstream]);
  },
  gather: ({ ops, inputs, upstream }) => ops.apply({ op: "scatterAdd", rows: inputs[0]!.shape[0]! }, [upstream, inputs[1]!]),
  scatterAdd: ({ ops, inputs, upstream }) => ops.apply({ op: "gather" }, [upstream, inputs[1]!]),
  patches: ({ ops, inputs, upstream }, _, window) => {
    const [, height, width] = inputs[0]!.shape;
    return ops.apply({ ...window, op: "unpatches", height: height!, width: width! }, [upstream]);
  },
  unpatches: ({ ops, upstream }, _, { kernel, stride, before, after }) => ops.apply({ op: "patches", kernel, stride, before, after }, [upstream]),
  maxPool: ({ ops, node, inputs, upstream }, _, window) => ops.apply({ ...window, op: "maxPoolGradient" }, [inputs[0]!, node, upstream]),
  softmax: ({ ops, node, upstream }) => {
    const along = ops.sum(ops.binary("mul", upstream, node), [node.shape.length - 1], true);
    return ops.binary("mul", node, ops.binary("sub", upstream, along));
  },
  crossEntropy: ({ ops, inputs, upstream }) => ops.apply({ op: "crossEntropyGradient" }, [inputs[0]!, inputs[1]!, upstream]),
};
