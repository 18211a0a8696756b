import type { BinaryOp, UnaryOp } from "../program.ts";

/** A tensor of TensorFlow.js, in memory that is its own until `dispose`. */
export interface TfTensor {
  readonly shape: readonly number[];
  dataSync(): ArrayLike<number>;
  dispose(): void;
}

type Dtype = "float32" | "int32";
type Shape = number[];

/**
 * What the engine uses of TensorFlow.js: forward kernels only, since gradients are programs already. The namespace
 * that `@tensorflow/tfjs-node` and `@tensorflow/tfjs-node-gpu` export is one; who opens a session brings it.
 */
export interface TensorFlow extends Readonly<Record<UnaryOp, (x: TfTensor) => TfTensor> & Record<BinaryOp, (a: TfTensor, b: TfTensor | number) => TfTensor>> {
  /** Disposes all tensors made within but those returned or kept. */
  tidy<T extends TfTensor | TfTensor[] | void>(work: () => T): T;
  keep(x: TfTensor): TfTensor;
  clone(x: TfTensor): TfTensor;
  tensor(values: Float32Array | Int32Array, shape: Shape, dtype: Dtype): TfTensor;
  fill(shape: Shape, value: number): TfTensor;
  cast(x: TfTensor, dtype: Dtype): TfTensor;
  neg(x: TfTensor): TfTensor;
  matMul(a: TfTensor, b: TfTensor, transposeA: boolean, transposeB: boolean): TfTensor;
  sum(x: TfTensor, axes: number[]): TfTensor;
  reshape(x: TfTensor, shape: Shape): TfTensor;
  broadcastTo(x: TfTensor, shape: Shape): TfTensor;
  transpose(x: TfTensor, axes: number[]): TfTensor;
  slice(x: TfTensor, begin: number[], size: number[]): TfTensor;
  stridedSlice(x: TfTensor, begin: number[], end: number[], strides: number[]): TfTensor;
  pad(x: TfTensor, paddings: [number, number][], value: number): TfTensor;
  maximum(a: TfTensor, b: TfTensor): TfTensor;
  concat(xs: TfTensor[], axis: number): TfTensor;
  gather(x: TfTensor, indexes: TfTensor, axis: number, batchAxes: number): TfTensor;
  unsortedSegmentSum(x: TfTensor, segments: TfTensor, count: number): TfTensor;
  logSoftmax(logits: TfTensor): TfTensor;
  softmax(logits: TfTensor): TfTensor;
  argMax(x: TfTensor, axis: number): TfTensor;
  equal(a: TfTensor, b: TfTensor): TfTensor;
}
