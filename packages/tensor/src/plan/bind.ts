import type { Kernels } from "../kernels.ts";
import type { BinaryOp, Node, OpName, UnaryOp } from "../program.ts";
import { sizeOf } from "../shape.ts";
import { bindEffect } from "./bind-effects.ts";
import { batchMatmul, gram, matmul } from "./bind-products.ts";
import { maxPoolGradient, windowed } from "./bind-windows.ts";
import { type Binder, copyRows, type Operand, type Step, same } from "./binding.ts";
import { broadcastStrides, collapse, copyKind } from "./layout.ts";
import type { Lowered } from "./lower.ts";
import type { Sequence } from "./plan.ts";

/** Turns a sequence into kernel calls with everything but the trial filled in. */
export function bind(kernels: Kernels, lowered: Lowered, sequence: Sequence): Step[] {
  const operand = (id: number): Operand => {
    const layout = lowered.layouts[id]!;
    const { dtype, shape } = lowered.nodes[id]!;
    const { offset, perTrial, moving } = sequence.locate(layout.root);
    const bytes = dtype === "index" ? 4 : kernels.floatBytes;
    return { offset: offset + layout.offset * bytes, trial: perTrial ? 1 : 0, moving: moving ? 1 : 0, shape, dtype, strides: layout.strides };
  };
  return sequence.items.flatMap(({ node, effect }) => {
    if (effect !== undefined) return [bindEffect({ kernels, states: effect.states.map(operand), values: effect.values.map(operand) }, effect.effect)];
    return bindNode(kernels, node!, { inputs: node!.inputs.map(operand), out: operand(node!.id) });
  });
}

function bindNode(kernels: Kernels, { operation }: Node, { inputs, out }: { inputs: readonly Operand[]; out: Operand }): Step[] {
  const binder = binders[operation.op];
  if (binder === "memory") throw new Error(`${operation.op} is not computed`);
  return (binder as Binder<OpName>)({ kernels, operation, inputs, out });
}

const unary: Binder<UnaryOp> = ({ kernels, operation, inputs: [x], out }) => {
  const kernel = kernels[operation.op];
  const n = sizeOf(out.shape);
  const { offset: a, trial: aT } = x!;
  const { offset: o, trial: oT } = out;
  return [(base) => kernel(n, a + aT * base, o + oT * base)];
};

const gate: Binder<"gate"> = ({ kernels, inputs: [a, x], out }) => {
  const n = sizeOf(out.shape);
  const { offset: aO, trial: aT } = a!;
  const { offset: xO, trial: xT } = x!;
  const { offset: o, trial: oT } = out;
  return [(base) => kernels.gate(n, aO + aT * base, xO + xT * base, o + oT * base)];
};

const affine: Binder<"affine"> = ({ kernels, operation: { scale, shift }, inputs: [x], out }) => {
  const n = sizeOf(out.shape);
  const { offset: a, trial: aT } = x!;
  const { offset: o, trial: oT } = out;
  return [(base) => kernels.affine(n, a + aT * base, scale, shift, o + oT * base)];
};

const binary: Binder<BinaryOp> = ({ kernels, operation: { op }, inputs, out }) => {
  // The result may lie over the first operand only.
  const swap = (op === "add" || op === "mul") && same(inputs[1]!, out);
  const [a, b] = swap ? [inputs[1]!, inputs[0]!] : [inputs[0]!, inputs[1]!];
  const grid = collapse(out.shape, [broadcastStrides(a.strides, a.shape, out.shape), broadcastStrides(b.strides, b.shape, out.shape)]);
  return binaryGrid(kernels, op, { shape: grid.shape, a: { ...a, strides: grid.strides[0]! }, b: { ...b, strides: grid.strides[1]! }, out });
};

interface Grid {
  readonly shape: readonly number[];
  readonly a: Operand;
  readonly b: Operand;
  readonly out: Operand;
}

/** The kernels walk through three axes; what is left outside becomes more calls. */
function binaryGrid(kernels: Kernels, op: BinaryOp, { shape, a, b, out }: Grid): Step[] {
  if (shape.length > 3) {
    const [extent, ...rest] = shape;
    const inner = (x: Operand, i: number): Operand => ({ ...x, offset: x.offset + i * x.strides[0]! * kernels.floatBytes, strides: x.strides.slice(1) });
    const at = (i: number): Operand => ({ ...out, offset: out.offset + i * sizeOf(rest) * kernels.floatBytes });
    return Array.from({ length: extent! }, (_, i) => binaryGrid(kernels, op, { shape: rest, a: inner(a, i), b: inner(b, i), out: at(i) })).flat();
  }
  const [d0, d1, d2] = padded(shape, 1);
  const [a0, a1, a2] = padded(a.strides, 0);
  const [b0, b1, b2] = padded(b.strides, 0);
  const kernel = kernels[op];
  const { offset: aO, trial: aT } = a;
  const { offset: bO, trial: bT } = b;
  const { offset: o, trial: oT } = out;
  return [(base) => kernel(d0, d1, d2, aO + aT * base, a0, a1, a2, bO + bT * base, b0, b1, b2, o + oT * base)];
}

function padded(list: readonly number[], value: number): [number, number, number] {
  const [a, b, c] = [value, value, value, ...list].slice(-3);
  return [a!, b!, c!];
}

const fillWith = (kernels: Kernels, out: Operand, { n, value }: { n: number; value: number }): Step => {
  const { offset: o, trial: oT } = out;
  return (base) => kernels.fill(n, value, o + oT * base);
};

const copy: Binder<"copy"> = ({ kernels, inputs: [x], out }) => {
  const grid = collapse(out.shape, [x!.strides]);
  const strides = grid.strides[0]!;
  const [rows, columns] = grid.shape.length === 2 ? [grid.shape[0]!, grid.shape[1]!] : [1, grid.shape[0] ?? 1];
  if (copyKind(x!.strides, out.shape) === "rows") {
    return [copyRows(kernels, { rows, columns, source: x!, stride: strides.length === 2 ? strides[0]! : columns, target: out, targetStride: columns })];
  }
  const { offset: a, trial: aT } = x!;
  const { offset: o, trial: oT } = out;
  return [(base) => kernels.transpose(columns, rows, a + aT * base, o + oT * base)];
};

const sum: Binder<"sum"> = ({ kernels, operation: { axis, count }, inputs: [x], out }) => {
  const outer = sizeOf(x!.shape.slice(0, axis));
  const middle = sizeOf(x!.shape.slice(axis, axis + count));
  const inner = sizeOf(x!.shape.slice(axis + count));
  const { offset: a, trial: aT } = x!;
  const { offset: o, trial: oT } = out;
  return [(base) => kernels.sum(outer, middle, inner, a + aT * base, o + oT * base)];
};

/** The operand as rows at `start` along `axis` of a longer result. */
function insertRows(kernels: Kernels, x: Operand, { out, axis, start }: { out: Operand; axis: number; start: number }): Step {
  const rows = sizeOf(x.shape.slice(0, axis));
  const columns = sizeOf(x.shape.slice(axis));
  const after = sizeOf(out.shape.slice(axis + 1));
  const target = { ...out, offset: out.offset + start * after * kernels.floatBytes };
  return copyRows(kernels, { rows, columns, source: x, stride: columns, target, targetStride: out.shape[axis]! * after });
}

const concat: Binder<"concat"> = ({ kernels, operation: { axis }, inputs, out }) => {
  let start = 0;
  return inputs.map((x) => {
    const step = insertRows(kernels, x, { out, axis, start });
    start += x.shape[axis]!;
    return step;
  });
};

const place: Binder<"place"> = ({ kernels, operation: { axis, start }, inputs: [x], out }) => [
  fillWith(kernels, out, { n: sizeOf(out.shape), value: 0 }),
  insertRows(kernels, x!, { out, axis, start }),
];

const gather: Binder<"gather"> = ({ kernels, inputs: [table, index], out }) => {
  const rows = index!.shape[0]!;
  const columns = sizeOf(table!.shape.slice(1));
  const { offset: t, trial: tT } = table!;
  const { offset: i, trial: iT, moving } = index!;
  const { offset: o, trial: oT } = out;
  if (out.dtype === "index") return [(base, position) => kernels.gatherIndex(rows, columns, t + tT * base, i + iT * base + moving * position, o + oT * base)];
  return [(base, position) => kernels.gather(rows, columns, t + tT * base, i + iT * base + moving * position, o + oT * base)];
};

const scatterAdd: Binder<"scatterAdd"> = ({ kernels, inputs: [source, index], out }) => {
  const rows = index!.shape[0]!;
  const columns = sizeOf(source!.shape.slice(1));
  const { offset: s, trial: sT } = source!;
  const { offset: i, trial: iT, moving } = index!;
  const { offset: o, trial: oT } = out;
  const add: Step = (base, position) => kernels.scatterAdd(rows, columns, s + sT * base, i + iT * base + moving * position, o + oT * base);
  return [fillWith(kernels, out, { n: sizeOf(out.shape), value: 0 }), add];
};

const softmax: Binder<"softmax"> = ({ kernels, operation, inputs: [x], out }) => {
  const columns = x!.shape.at(-1)!;
  const rows = sizeOf(x!.shape) / columns;
  const causal = operation.causal ? 1 : 0;
  const { offset: a, trial: aT } = x!;
  const { offset: o, trial: oT } = out;
  return [(base) => kernels.softmax(rows, columns, causal, a + aT * base, o + oT * base)];
};

const labelled: Binder<"crossEntropy" | "correct"> = ({ kernels, operation: { op }, inputs: [logits, labels], out }) => {
  const [rows, classes] = [logits!.shape[0]!, logits!.shape[1]!];
  const { offset: x, trial: xT } = logits!;
  const { offset: l, trial: lT, moving } = labels!;
  const { offset: o, trial: oT } = out;
  return [
    op === "correct"
      ? (base, position) => kernels.correct(rows, classes, x + xT * base, l + lT * base + moving * position, o + oT * base)
      : (base, position) => kernels.crossEntropy(rows, classes, x + xT * base, l + lT * base + moving * position, o + oT * base),
  ];
};

const crossEntropyGradient: Binder<"crossEntropyGradient"> = ({ kernels, inputs: [logits, labels, upstream], out }) => {
  const [rows, classes] = [logits!.shape[0]!, logits!.shape[1]!];
  const { offset: x, trial: xT } = logits!;
  const { offset: l, trial: lT, moving } = labels!;
  const { offset: u, trial: uT } = upstream!;
  const { offset: o, trial: oT } = out;
  return [(base, position) => kernels.crossEntropyGradient(rows, classes, x + xT * base, l + lT * base + moving * position, u + uT * base, o + oT * base)];
};

const binders: { readonly [K in OpName]: Binder<K> | "memory" } = {
  state: "memory",
  constant: "memory",
  shared: "memory",
  stream: "memory",
  scalars: "memory",
  reshape: "memory",
  transpose: "memory",
  slice: "memory",
  broadcast: "memory",
  fill: ({ kernels, operation: { value }, out }) => [fillWith(kernels, out, { n: 1, value })],
  exp: unary,
  log: unary,
  tanh: unary,
  sigmoid: unary,
  relu: unary,
  step: unary,
  gate,
  sqrt: unary,
  square: unary,
  affine,
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  matmul,
  matmulAdd: matmul,
  batchMatmul,
  gram,
  sum,
  concat,
  place,
  gather,
  scatterAdd,
  patches: windowed,
  unpatches: windowed,
  maxPool: windowed,
  maxPoolGradient,
  softmax,
  crossEntropy: labelled,
  crossEntropyGradient,
  correct: labelled,
  copy,
};
