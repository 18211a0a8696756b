import type { Shape } from "./shape.ts";
import type { Window } from "./window.ts";

/** Element type: floats are as wide as the engine makes them, indexes are 32-bit integers. */
export type DType = "float" | "index";

/** A value of a program being traced. Opaque: only the tracer that made it takes it. */
export interface Tensor {
  readonly id: number;
  readonly shape: Shape;
  readonly dtype: DType;
}

/** Elementwise functions of one tensor. */
export type UnaryOp = "exp" | "log" | "tanh" | "sigmoid" | "relu" | "step" | "sqrt" | "square";

/** Elementwise functions of two tensors, with broadcasting. */
export type BinaryOp = "add" | "sub" | "mul" | "div";

/** Memory that outlives a run and that the host can see. */
export type SlotKind = "state" | "constant" | "shared" | "stream" | "scalars";

/** Nothing besides the operands. */
type None = object;
interface Slot {
  readonly name: string;
  readonly shape: Shape;
  readonly dtype: DType;
}
interface Target {
  readonly shape: Shape;
}
interface Product {
  readonly transposeA: boolean;
  readonly transposeB: boolean;
}

/** The operations and what each carries besides its operands. This is the operation table everything else is keyed by. */
export type Attributes = { readonly [K in SlotKind]: Slot } & { readonly [K in UnaryOp | BinaryOp]: None } & {
  /** a·step(x), with operands (a, x); made by simplification only. */
  readonly gate: None;
  readonly fill: Target & { readonly value: number };
  readonly matmul: Product;
  /** addend + a·b, with operands (addend, a, b), the addend [m, n] or the same for every row; made by simplification only. */
  readonly matmulAdd: Product;
  /** [g, m, k] × [g, k, n] → [g, m, n]: a product for each of g pairs of matrices. */
  readonly batchMatmul: Product;
  /** x·xᵀ of a matrix, of which half is computed. */
  readonly gram: None;
  readonly affine: { readonly scale: number; readonly shift: number };
  /** Sum over a run of `count` neighbouring axes, which vanish. */
  readonly sum: { readonly axis: number; readonly count: number };
  readonly broadcast: Target;
  readonly reshape: Target;
  readonly transpose: None;
  readonly slice: { readonly axis: number; readonly start: number; readonly size: number };
  /** Zeros of extent `length` along `axis`, with the operand put at `start`: the adjoint of slice. */
  readonly place: { readonly axis: number; readonly start: number; readonly length: number };
  readonly concat: { readonly axis: number };
  readonly gather: None;
  /** Zeros [rows, ...] with source[i] added at row index[i]: the adjoint of gather. */
  readonly scatterAdd: { readonly rows: number };
  /** [batch, height, width, channels] → [batch, down, across, kernel·channels]: what lies below the window, zeros where nothing does. */
  readonly patches: Window;
  /** Adds patches back into images [batch, height, width, channels]: the adjoint of patches. */
  readonly unpatches: Window & { readonly height: number; readonly width: number };
  /** [batch, height, width, channels] → [batch, down, across, channels]. */
  readonly maxPool: Window;
  /** upstream where x is the first largest below the window, with operands (x, maxPool of x, upstream): the adjoint of maxPool. */
  readonly maxPoolGradient: Window;
  /** Along the last axis; `causal`: row i of a square matrix sees columns 0 … i only, and has zeros behind. */
  readonly softmax: { readonly causal: boolean };
  readonly crossEntropy: None;
  /** upstream[i]·(softmax(logits[i]) − onehot(labels[i])), with operands (logits, labels, upstream). */
  readonly crossEntropyGradient: None;
  readonly correct: None;
  /** The operand in memory of its own, row-major; made by lowering only. */
  readonly copy: None;
};

export type OpName = keyof Attributes;
export type OperationOf<K extends OpName> = { readonly op: K } & Attributes[K];
export type Operation = { [K in OpName]: OperationOf<K> }[OpName];

/** One assignment of the SSA list: `inputs` are ids of earlier nodes. */
export interface Node extends Tensor {
  readonly operation: Operation;
  readonly inputs: readonly number[];
}

export type EffectName = "assign" | "sgd" | "momentum" | "adam" | "rmsprop";

/** A write to states, made after every pure value of the run was computed. */
export interface Effect {
  readonly effect: EffectName;
  /** Ids of the states written: the parameter, then the optimiser's own. */
  readonly states: readonly number[];
  /** Ids of the values read: the value or gradient, then the scalars. */
  readonly values: readonly number[];
}

/** A traced program: what one run computes for one trial. */
export interface Program {
  readonly nodes: readonly Node[];
  readonly outputs: Readonly<Record<string, number>>;
  readonly effects: readonly Effect[];
}

/** A program was put together or used wrongly, in a way shapes do not show. */
export class ProgramError extends Error {
  override readonly name = "ProgramError";
}

/** How often a value can change: with the shared data, with a trial's constants, or at every run. */
export type Stage = 0 | 1 | 2;

/** The stage of a node from the stages of its operands. */
export function stageOf(operation: Operation, inputs: readonly Stage[]): Stage {
  const own = stages[operation.op] ?? 0;
  return inputs.reduce<Stage>((stage, input) => (input > stage ? input : stage), own);
}

/** Patches are made at every run, also of images that never change: kept, they would take several times the images' memory. */
const stages: Partial<Record<OpName, Stage>> = { state: 2, stream: 2, scalars: 2, patches: 2, constant: 1 };
