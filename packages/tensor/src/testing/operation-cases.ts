import type { Ops } from "../ops.ts";
import type { BinaryOp, DType, Node, OpName, UnaryOp } from "../program.ts";
import { below, deriveKey, type Key, uniforms } from "../random.ts";
import { type Shape, sizeOf } from "../shape.ts";
import { positions, type Window } from "../window.ts";

/** An operand to be drawn; floats lie in ±[from, to], only positive where `positive`, indexes below `below`. */
export interface Operand {
  readonly shape: Shape;
  readonly dtype: DType;
  readonly positive?: boolean;
  readonly below?: number;
}

/** How one operation is tested: its operands for random extents, and how it is built. */
export interface Case {
  operands(extents: Extents): Operand[];
  build(ops: Ops, inputs: readonly Node[], drawn: { readonly extents: Extents }): Node;
}

/** Three random extents; round 1 has ones among them, round 2 sizes beyond and beside multiples of four. */
export interface Extents {
  readonly round: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Operands of a case, drawn. */
export interface Drawn {
  readonly extents: Extents;
  readonly inputs: readonly Operand[];
  /** Fills slots x0, x1, ... and `weights`, where they exist. */
  fill(view: (slot: string) => Float64Array | Float32Array | Int32Array): void;
}

const float = (shape: Shape, positive = false): Operand => ({ shape, dtype: "float", positive });
const index = (shape: Shape, limit: number): Operand => ({ shape, dtype: "index", below: limit });

const unary = (op: UnaryOp, positive = false): Case => ({
  operands: ({ m, n }) => [float([m, n], positive)],
  build: (ops, [x]) => ops.unary(op, x!),
});

/** Broadcasting along either operand's axes, and a rank that differs. */
const binary = (op: BinaryOp): Case => ({
  operands: ({ round, m, n, k }) =>
    [
      [float([m, n]), float([m, n], true)],
      [float([m, 1, k]), float([n, 1], true)],
      [float([n]), float([m, k, n], true)],
    ][round]!,
  build: (ops, [a, b]) => ops.binary(op, a!, b!),
});

const matmul: Case = {
  operands: ({ round, m, n, k }) => [float(round === 1 ? [k, m] : [m, k]), float(round === 0 ? [k, n] : [n, k])],
  build: (ops, [a, b], { extents: { round } }) => ops.matmul(a!, b!, { transposeA: round === 1, transposeB: round > 0 }),
};

/** Padded on all sides, of one column, and with strides that leave something out. */
const windows: readonly Window[] = [
  { kernel: [3, 2], stride: [1, 1], before: [2, 1], after: [1, 1] },
  { kernel: [2, 1], stride: [1, 1], before: [0, 0], after: [1, 0] },
  { kernel: [2, 3], stride: [3, 2], before: [0, 1], after: [1, 0] },
];

const image = (round: number, m: number, n: number, k: number): readonly [number, number, number, number] =>
  (
    [
      [m, n + 1, k, 3],
      [n, m, k, 6],
      [2, m, n, k],
    ] as const
  )[round]!;

/** One case for every operation that a traced program can hold. */
export const cases: Partial<Record<OpName, Case>> = {
  exp: unary("exp"),
  log: unary("log", true),
  tanh: unary("tanh"),
  sigmoid: unary("sigmoid"),
  relu: unary("relu"),
  step: unary("step"),
  sqrt: unary("sqrt", true),
  square: unary("square"),
  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div"),
  matmul,
  gram: {
    operands: ({ round, m, k }) => [float(round === 0 ? [k, m] : [m, k])],
    build: (ops, [x], { extents: { round } }) => ops.apply({ op: "gram" }, [round === 0 ? ops.apply({ op: "transpose" }, [x!]) : x!]),
  },
  batchMatmul: {
    operands: ({ round, m, n, k }) => [float(round === 1 ? [3, k, m] : [3, m, k]), float(round === 0 ? [3, k, n] : [3, n, k])],
    build: (ops, [a, b], { extents: { round } }) => ops.batchMatmul(a!, b!, { transposeA: round === 1, transposeB: round > 0 }),
  },
  affine: { operands: ({ m, n }) => [float([m, n])], build: (ops, [x]) => ops.affine(x!, -1.5, 0.25) },
  sum: {
    operands: ({ m, n, k }) => [float([m, n, k])],
    build: (ops, [x], { extents: { round } }) => ops.sum(x!, [[1], [0, 2], [1, 2]][round], round === 1),
  },
  broadcast: {
    operands: ({ round, n, k }) => [float(round === 0 ? [n, 1] : [k])],
    build: (ops, [x], { extents: { round, m, n, k } }) => ops.broadcast(x!, round === 0 ? [m, n, k] : [m, k]),
  },
  reshape: { operands: ({ m, n, k }) => [float([m, n, k])], build: (ops, [x], { extents: { m, n, k } }) => ops.reshape(x!, [n * m, k]) },
  transpose: { operands: ({ m, n }) => [float([m, n])], build: (ops, [x]) => ops.apply({ op: "transpose" }, [x!]) },
  slice: {
    operands: ({ m, n, k }) => [float([m + 2, n + 2, k + 2])],
    build: (ops, [x], { extents: { round, m, n, k } }) => ops.apply({ op: "slice", axis: round, start: 1, size: [m, n, k][round]! }, [x!]),
  },
  place: {
    operands: ({ m, n, k }) => [float([m, n, k])],
    build: (ops, [x], { extents: { round } }) => ops.apply({ op: "place", axis: round, start: 1, length: x!.shape[round]! + 3 }, [x!]),
  },
  concat: {
    operands: ({ round, m, n, k }) => [float([m, n, k]), float([m, n, k].with(round, 2)), float([m, n, k].with(round, 5))],
    build: (ops, inputs, { extents: { round } }) => ops.apply({ op: "concat", axis: round }, inputs),
  },
  gather: {
    operands: ({ round, m, n, k }) => [float(round === 0 ? [n] : round === 1 ? [n, k] : [n, k, 2]), index([m + 3], n)],
    build: (ops, inputs) => ops.apply({ op: "gather" }, inputs),
  },
  scatterAdd: {
    operands: ({ round, m, n, k }) => [float(round === 0 ? [m + 3] : [m + 3, k]), index([m + 3], n)],
    build: (ops, inputs, { extents: { n } }) => ops.apply({ op: "scatterAdd", rows: n }, inputs),
  },
  patches: {
    operands: ({ round, m, n, k }) => [float(image(round, m, n, k))],
    build: (ops, [x], { extents: { round } }) => ops.apply({ op: "patches", ...windows[round]! }, [x!]),
  },
  unpatches: {
    operands: ({ round, m, n, k }) => {
      const [batch, , , channels] = image(round, m, n, k);
      const [down, across] = positions("unpatches", windows[round]!, image(round, m, n, k));
      return [float([batch, down, across, sizeOf(windows[round]!.kernel) * channels])];
    },
    build: (ops, [x], { extents: { round, m, n, k } }) => {
      const [, height, width] = image(round, m, n, k);
      return ops.apply({ op: "unpatches", ...windows[round]!, height, width }, [x!]);
    },
  },
  maxPool: {
    operands: ({ round, m, n, k }) => [float(image(round, m, n, k))],
    build: (ops, [x], { extents: { round } }) => ops.apply({ op: "maxPool", ...windows[round]! }, [x!]),
  },
  maxPoolGradient: {
    operands: ({ round, m, n, k }) => {
      const shape = image(round, m, n, k);
      return [float(shape), float([shape[0], ...positions("maxPool", windows[round]!, shape), shape[3]])];
    },
    build: (ops, [x, upstream], { extents: { round } }) => {
      const pooled = ops.apply({ op: "maxPool", ...windows[round]! }, [x!]);
      return ops.apply({ op: "maxPoolGradient", ...windows[round]! }, [x!, pooled, upstream!]);
    },
  },
  softmax: {
    operands: ({ round, m, n, k }) => [float(round === 0 ? [m, n, k] : [m, n, n])],
    build: (ops, [x], { extents: { round } }) => ops.apply({ op: "softmax", causal: round > 0 }, [x!]),
  },
  crossEntropy: { operands: ({ m, n }) => [float([m, n]), index([m], n)], build: (ops, inputs) => ops.apply({ op: "crossEntropy" }, inputs) },
  crossEntropyGradient: {
    operands: ({ m, n }) => [float([m, n]), index([m], n), float([m])],
    build: (ops, inputs) => ops.apply({ op: "crossEntropyGradient" }, inputs),
  },
  correct: { operands: ({ m, n }) => [float([m, n]), index([m], n)], build: (ops, inputs) => ops.apply({ op: "correct" }, inputs) },
};

const ROOT: Key = "5eed000000000001";

/** Shapes and values of an operation's test, the same every time. */
export function drawCase(op: OpName, round: number): Drawn {
  const key = deriveKey(ROOT, `${op} ${round}`);
  const extent = (i: number): number => [2 + below(key, i, 4), i === 0 ? 2 + below(key, i, 6) : 1, 5 + 2 * below(key, i, 4)][round]!;
  const extents: Extents = { round, m: extent(0), n: extent(1), k: extent(2) };
  const inputs = cases[op]!.operands(extents);
  return {
    extents,
    inputs,
    fill: (view) => {
      inputs.forEach((operand, i) => view(`x${i}`).set(draw(operand, deriveKey(key, `x${i}`))));
      const weights = view("weights");
      weights.set(draw(float([weights.length]), deriveKey(key, "weights")));
    },
  };
}

/** Away from zero, so that kinks and poles are not near. */
function draw({ shape, dtype, positive = false, below: limit = 1 }: Operand, key: Key): number[] {
  if (dtype === "index") return Array.from({ length: sizeOf(shape) }, (_, i) => below(key, i, limit));
  return [...uniforms(key, sizeOf(shape))].map((u, i) => (0.2 + 1.3 * u) * (positive || below(key, 1_000_000 + i, 2) === 0 ? 1 : -1));
}
