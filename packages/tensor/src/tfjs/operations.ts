import type { BinaryOp, OperationOf, OpName, UnaryOp } from "../program.ts";
import type { TensorFlow, TfTensor } from "./tensorflow.ts";
import { aligned, shapeOf, spread, trialsOf } from "./trial-axis.ts";
import { maxPool, maxPoolGradient, patches, unpatches } from "./windows.ts";

/** Computes an operation for all trials at once: operands and result have the trials as their first axis. */
type Lowering<K extends OpName> = (tf: TensorFlow, operation: OperationOf<K>, inputs: readonly TfTensor[]) => TfTensor;

const most = (xs: readonly TfTensor[]): number => Math.max(...xs.map(trialsOf));

const unary: Lowering<UnaryOp> = (tf, { op }, [x]) => tf[op](x!);

const binary: Lowering<BinaryOp> = (tf, { op }, [a, b]) => {
  const rank = Math.max(a!.shape.length, b!.shape.length) - 1;
  return tf[op](aligned(tf, a!, rank), aligned(tf, b!, rank));
};

const gather: Lowering<"gather"> = (tf, _, [table, index]) => {
  if (trialsOf(index!) === 1) return tf.gather(table!, tf.reshape(index!, shapeOf(index!)), 1, 0);
  if (trialsOf(table!) > 1) return tf.gather(table!, index!, 1, 1);
  // One table for all trials: their indexes after one another.
  const rows = tf.gather(tf.reshape(table!, shapeOf(table!)), tf.reshape(index!, [-1]), 0, 0);
  return tf.reshape(rows, [...index!.shape, ...table!.shape.slice(2)]);
};

/** Each trial has segments of its own: `rows` of them behind those of the trial before. */
const scatterAdd: Lowering<"scatterAdd"> = (tf, { rows }, inputs) => {
  const trials = most(inputs);
  const [source, index] = inputs.map((x) => spread(tf, x, trials));
  const first = tf.tensor(
    Int32Array.from({ length: trials }, (_, trial) => trial * rows),
    [trials, 1],
    "int32",
  );
  const segments = tf.reshape(tf.add(index!, first), [-1]);
  const inner = source!.shape.slice(2);
  const sums = tf.unsortedSegmentSum(tf.reshape(source!, [segments.shape[0]!, ...inner]), segments, trials * rows);
  return tf.reshape(sums, [trials, rows, ...inner]);
};

/** [trials, rows, classes]: 1 at a row's label, else 0. (`tf.oneHot` refuses a single class.) */
const oneHot = (tf: TensorFlow, logits: TfTensor, labels: TfTensor): TfTensor => {
  const classes = Int32Array.from({ length: logits.shape[2]! }, (_, label) => label);
  return tf.cast(tf.equal(tf.reshape(labels, [...labels.shape, 1]), tf.tensor(classes, [1, 1, classes.length], "int32")), "float32");
};

/** [n, n]: what takes an element behind the diagonal out of its row's softmax, whatever it is. */
const behind = (tf: TensorFlow, n: number): TfTensor => {
  const values = Float32Array.from({ length: n * n }, (_, at) => (at % n > Math.floor(at / n) ? -1e30 : 0));
  return tf.tensor(values, [n, n], "float32");
};

/** How each operation is computed; `memory` is what the host wrote. */
export const lowerings: { readonly [K in OpName]: Lowering<K> | "memory" } = {
  state: "memory",
  constant: "memory",
  shared: "memory",
  stream: "memory",
  scalars: "memory",
  // oxlint-disable-next-line unicorn/no-array-fill-with-reference-type -- a tensor, not an array
  fill: (tf, { shape, value }) => tf.fill([1, ...shape], value),
  exp: unary,
  log: unary,
  tanh: unary,
  sigmoid: unary,
  relu: unary,
  step: unary,
  sqrt: unary,
  square: unary,
  affine: (tf, { scale, shift }, [x]) => {
    const scaled = scale === 1 ? x! : tf.mul(x!, scale);
    return shift === 0 ? scaled : tf.add(scaled, shift);
  },
  add: binary,
  sub: binary,
  mul: binary,
  div: binary,
  matmul: (tf, { transposeA, transposeB }, [a, b]) => tf.matMul(a!, b!, transposeA, transposeB),
  matmulAdd: (tf, { transposeA, transposeB }, [sum, a, b]) => tf.add(aligned(tf, sum!, 2), tf.matMul(a!, b!, transposeA, transposeB)),
  batchMatmul: (tf, { transposeA, transposeB }, [a, b]) => tf.matMul(a!, b!, transposeA, transposeB),
  gram: (tf, _, [x]) => tf.matMul(x!, x!, false, true),
  gate: (tf, _, [a, x]) => tf.mul(a!, tf.step(x!)),
  sum: (tf, { axis, count }, [x]) =>
    tf.sum(
      x!,
      Array.from({ length: count }, (_, i) => 1 + axis + i),
    ),
  broadcast: (tf, { shape }, [x]) => tf.broadcastTo(aligned(tf, x!, shape.length), [trialsOf(x!), ...shape]),
  reshape: (tf, { shape }, [x]) => tf.reshape(x!, [trialsOf(x!), ...shape]),
  transpose: (tf, _, [x]) => tf.transpose(x!, [0, 2, 1]),
  slice: (tf, { axis, start, size }, [x]) => tf.slice(x!, x!.shape.map(() => 0).with(1 + axis, start), x!.shape.with(1 + axis, size)),
  place: (tf, { axis, start, length }, [x]) => {
    const none = x!.shape.map((): [number, number] => [0, 0]);
    return tf.pad(x!, none.with(1 + axis, [start, length - start - x!.shape[1 + axis]!]), 0);
  },
  concat: (tf, { axis }, inputs) => {
    const trials = most(inputs);
    const parts = inputs.map((x) => spread(tf, x, trials));
    return tf.concat(parts, 1 + axis);
  },
  gather,
  scatterAdd,
  patches,
  unpatches,
  maxPool,
  maxPoolGradient,
  softmax: (tf, { causal }, [x]) => tf.softmax(causal ? tf.add(x!, behind(tf, x!.shape.at(-1)!)) : x!),
  crossEntropy: (tf, _, [logits, labels]) => tf.neg(tf.sum(tf.mul(oneHot(tf, logits!, labels!), tf.logSoftmax(logits!)), [2])),
  crossEntropyGradient: (tf, _, [logits, labels, upstream]) =>
    tf.mul(tf.sub(tf.softmax(logits!), oneHot(tf, logits!, labels!)), tf.reshape(upstream!, [...upstream!.shape, 1])),
  correct: (tf, _, [logits, labels]) => tf.cast(tf.equal(tf.argMax(logits!, 2), labels!), "float32"),
  copy: (tf, _, [x]) => tf.clone(x!),
};
