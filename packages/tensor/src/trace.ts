import { createBuilder } from "./builder.ts";
import { averagePool, conv, maxPool, type Pooling, patches, type Stepping } from "./convolution.ts";
import { differentiate } from "./gradients.ts";
import { createOps, type Ops, type Transposition } from "./ops.ts";
import { type DType, type Effect, type EffectName, type Node, type Program, ProgramError, type SlotKind, type Tensor } from "./program.ts";
import { type Shape, ShapeError, sameShape, show } from "./shape.ts";

/** Part of an axis. */
export interface Range {
  readonly axis: number;
  readonly start: number;
  readonly size: number;
}

/** Records operations into a program. Every method throws ShapeError, naming operation and shapes, when they do not fit. */
export interface Tracer {
  /** Per trial, kept between runs, written by effects. Starts as zeros. */
  state(name: string, shape: Shape): Tensor;
  /** Per trial, never written by a program: frozen weights, masks. */
  constant(name: string, shape: Shape, dtype?: DType): Tensor;
  /** One copy for all trials of a session: data sets. */
  shared(name: string, shape: Shape, dtype?: DType): Tensor;
  /** An index window into a longer per-trial buffer; its position is given at each run. */
  stream(name: string, shape: Shape): Tensor;
  /** `n` per-trial numbers that the host rewrites between runs, such as a learning rate. */
  scalars(name: string, n: number): Tensor;
  fill(value: number, shape: Shape): Tensor;

  /** [m, k] × [k, n] → [m, n], after the transpositions asked for. */
  matmul(a: Tensor, b: Tensor, transposition?: Transposition): Tensor;
  /** [g, m, k] × [g, k, n] → [g, m, n], each matrix after the transpositions asked for. */
  batchMatmul(a: Tensor, b: Tensor, transposition?: Transposition): Tensor;
  /** x·xᵀ of a matrix; half the work of the product, and of its gradient. */
  gram(x: Tensor): Tensor;
  add(a: Tensor, b: Tensor): Tensor;
  sub(a: Tensor, b: Tensor): Tensor;
  mul(a: Tensor, b: Tensor): Tensor;
  div(a: Tensor, b: Tensor): Tensor;
  /** scale·x + shift. */
  affine(x: Tensor, scale: number, shift?: number): Tensor;
  neg(x: Tensor): Tensor;
  exp(x: Tensor): Tensor;
  log(x: Tensor): Tensor;
  tanh(x: Tensor): Tensor;
  sigmoid(x: Tensor): Tensor;
  relu(x: Tensor): Tensor;
  sqrt(x: Tensor): Tensor;
  square(x: Tensor): Tensor;
  /** Sum over `axes` (default: all); `keep` leaves them with extent 1. */
  sum(x: Tensor, axes?: readonly number[], keep?: boolean): Tensor;
  mean(x: Tensor, axes?: readonly number[], keep?: boolean): Tensor;

  reshape(x: Tensor, shape: Shape): Tensor;
  /** Of a matrix. */
  transpose(x: Tensor): Tensor;
  slice(x: Tensor, range: Range): Tensor;
  concat(xs: readonly Tensor[], axis: number): Tensor;
  /** Rows of `table` [n, ...] by `index` [m] → [m, ...]. */
  gather(table: Tensor, index: Tensor): Tensor;
  /**
   * Cross-correlation over one or two axes: x [batch, ...extents, channels] and filter [...kernel, channels, filters] → [batch, ...positions,
   * filters].
   */
  conv(x: Tensor, filter: Tensor, stepping?: Stepping): Tensor;
  /**
   * The elements below a window of these extents in each of its positions, x [batch, ...extents, channels] → [batch, ...positions, window·channels]:
   * what a convolution multiplies with its filters.
   */
  patches(x: Tensor, window: Shape, stepping?: Stepping): Tensor;
  /** The largest element of every window of x [batch, ...extents, channels], for each channel. */
  maxPool(x: Tensor, pooling: Pooling): Tensor;
  /** The mean of every window of x [batch, ...extents, channels], for each channel; what lies beside the image does not count. */
  averagePool(x: Tensor, pooling: Pooling): Tensor;
  /** Along the last axis; `causal`: row i of a square matrix [..., n, n] sees columns 0 … i only, and has zeros behind. */
  softmax(x: Tensor, options?: { readonly causal?: boolean }): Tensor;
  /** Per row, −log softmax(logits)[label] in nats: logits [m, c], labels index [m] → [m]. */
  crossEntropy(logits: Tensor, labels: Tensor): Tensor;
  /** Per row, 1 where the first largest logit is the label, else 0 → [m]. Not differentiable. */
  correct(logits: Tensor, labels: Tensor): Tensor;

  /** Gradients of a scalar with respect to each of `wrt`. */
  gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[];

  /** state ← value. As all effects: after every pure value of the run was computed from the old states. */
  assign(state: Tensor, value: Tensor): void;
  /** p ← p − lr (g + decay·p), scalars [lr, decay]. */
  sgd(param: Tensor, grad: Tensor, scalars: Tensor): void;
  /** v ← momentum·v + g + decay·p; p ← p − lr·v, scalars [lr, momentum, decay]. */
  momentum(param: Tensor, grad: Tensor, velocity: Tensor, scalars: Tensor): void;
  /** Adam with scalars [lr √(1−β₂ᵗ)/(1−β₁ᵗ), β₁, β₂, ε, lr·decay (decoupled)]. */
  adam(param: Tensor, grad: Tensor, m: Tensor, v: Tensor, scalars: Tensor): void;
  /** v ← ρv + (1−ρ)g²; p ← p − lr (g + decay·p)/(√v + ε), scalars [lr, ρ, ε, decay]. */
  rmsprop(param: Tensor, grad: Tensor, v: Tensor, scalars: Tensor): void;
}

/** Number of scalars each optimiser reads. */
const scalarCounts: Readonly<Record<Exclude<EffectName, "assign">, number>> = { sgd: 2, momentum: 3, adam: 5, rmsprop: 4 };

/** Runs `build` once to record a program; what it returns are the program's named outputs. Throws ShapeError, ProgramError. */
export function trace(build: (t: Tracer) => Record<string, Tensor>): Program {
  const builder = createBuilder();
  const ops = createOps(builder);
  const effects: Effect[] = [];
  const outputs = build({
    ...slots(ops),
    ...pure(ops),
    gradients: (loss, wrt) => differentiate({ builder, ops }, loss, wrt),
    ...writers(builder.nodes, effects),
  });
  for (const [name, x] of Object.entries(outputs)) {
    if (builder.nodes[x.id] !== x) throw new ProgramError(`output ${name}: a tensor of another program was given`);
    if (x.dtype === "index") throw new ProgramError(`output ${name}: indexes can not be outputs`);
  }
  return {
    nodes: builder.nodes,
    effects,
    outputs: Object.fromEntries(Object.entries(outputs).map(([name, x]) => [name, x.id])),
  };
}

function slots(ops: Ops): Pick<Tracer, SlotKind> {
  const known = new Map<string, Node>();
  const declare = (op: SlotKind, name: string, shape: Shape, dtype: DType): Tensor => {
    const before = known.get(name);
    if (before === undefined) {
      const node = ops.apply({ op, name, shape, dtype }, []);
      known.set(name, node);
      return node;
    }
    if (before.operation.op !== op || before.dtype !== dtype || !sameShape(before.shape, shape)) {
      throw new ShapeError(`${op} ${name}: declared with shape ${show(shape)}, but as ${before.operation.op} with shape ${show(before.shape)} before`);
    }
    return before;
  };
  return {
    state: (name, shape) => declare("state", name, shape, "float"),
    constant: (name, shape, dtype = "float") => declare("constant", name, shape, dtype),
    shared: (name, shape, dtype = "float") => declare("shared", name, shape, dtype),
    stream: (name, shape) => declare("stream", name, shape, "index"),
    scalars: (name, n) => declare("scalars", name, [n], "float"),
  };
}

type Pure = Omit<Tracer, SlotKind | EffectName | "gradients">;

function pure(ops: Ops): Pure {
  return {
    fill: (value, shape) => ops.fill(value, shape),
    matmul: (a, b, transposition) => ops.matmul(a, b, transposition),
    batchMatmul: (a, b, transposition) => ops.batchMatmul(a, b, transposition),
    gram: (x) => ops.apply({ op: "gram" }, [x]),
    add: (a, b) => ops.binary("add", a, b),
    sub: (a, b) => ops.binary("sub", a, b),
    mul: (a, b) => ops.binary("mul", a, b),
    div: (a, b) => ops.binary("div", a, b),
    affine: (x, scale, shift) => ops.affine(x, scale, shift),
    neg: (x) => ops.affine(x, -1),
    exp: (x) => ops.unary("exp", x),
    log: (x) => ops.unary("log", x),
    tanh: (x) => ops.unary("tanh", x),
    sigmoid: (x) => ops.unary("sigmoid", x),
    relu: (x) => ops.unary("relu", x),
    sqrt: (x) => ops.unary("sqrt", x),
    square: (x) => ops.unary("square", x),
    sum: (x, axes, keep) => ops.sum(x, axes, keep),
    mean: (x, axes, keep) => ops.mean(x, axes, keep),
    reshape: (x, shape) => ops.reshape(x, shape),
    transpose: (x) => ops.apply({ op: "transpose" }, [x]),
    slice: (x, { axis, start, size }) => ops.apply({ op: "slice", axis, start, size }, [x]),
    concat: (xs, axis) => ops.apply({ op: "concat", axis }, xs),
    gather: (table, index) => ops.apply({ op: "gather" }, [table, index]),
    conv: (x, filter, stepping) => conv(ops, { x, filter }, stepping),
    patches: (x, window, stepping) => patches(ops, { ...stepping, x, window }),
    maxPool: (x, pooling) => maxPool(ops, x, pooling),
    averagePool: (x, pooling) => averagePool(ops, x, pooling),
    softmax: (x, { causal = false } = {}) => ops.apply({ op: "softmax", causal }, [x]),
    crossEntropy: (logits, labels) => ops.apply({ op: "crossEntropy" }, [logits, labels]),
    correct: (logits, labels) => ops.apply({ op: "correct" }, [logits, labels]),
  };
}

function writers(nodes: readonly Node[], effects: Effect[]): Pick<Tracer, EffectName> {
  const written = new Set<number>();
  const claim = (effect: EffectName, x: Tensor, like: Shape): void => {
    const { operation } = nodes[x.id]!;
    if (nodes[x.id] !== x || operation.op !== "state") throw new ProgramError(`${effect}: only states can be written, not the result of ${operation.op}`);
    if (written.has(x.id)) throw new ProgramError(`${effect}: state ${operation.name} is written twice`);
    if (!sameShape(x.shape, like)) throw new ShapeError(`${effect}: state ${operation.name} has shape ${show(x.shape)}, its value ${show(like)}`);
    written.add(x.id);
  };
  const write = (effect: EffectName, states: readonly Tensor[], values: readonly Tensor[]): void => {
    if (values.some((x) => nodes[x.id] !== x)) throw new ProgramError(`${effect}: a tensor of another program was given`);
    for (const state of states) claim(effect, state, values[0]!.shape);
    effects.push({ effect, states: states.map((x) => x.id), values: values.map((x) => x.id) });
  };
  const optimise = (effect: keyof typeof scalarCounts, states: readonly Tensor[], grad: Tensor, scalars: Tensor): void => {
    const wanted = [scalarCounts[effect]];
    if (!sameShape(scalars.shape, wanted)) throw new ShapeError(`${effect}: scalars have shape ${show(scalars.shape)} instead of ${show(wanted)}`);
    write(effect, states, [grad, scalars]);
  };
  return {
    assign: (state, value) => write("assign", [state], [value]),
    sgd: (param, grad, scalars) => optimise("sgd", [param], grad, scalars),
    momentum: (param, grad, velocity, scalars) => optimise("momentum", [param, velocity], grad, scalars),
    adam: (param, grad, m, v, scalars) => optimise("adam", [param, m, v], grad, scalars),
    rmsprop: (param, grad, v, scalars) => optimise("rmsprop", [param, v], grad, scalars),
  };
}
