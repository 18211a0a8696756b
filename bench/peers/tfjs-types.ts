/** What the tfjs-node peer uses of TensorFlow.js. */
export interface TfTensor {
  add(b: TfTensor | number): TfTensor;
  sub(b: TfTensor | number): TfTensor;
  mul(b: TfTensor | number): TfTensor;
  div(b: TfTensor | number): TfTensor;
  matMul(b: TfTensor, transposeA?: boolean, transposeB?: boolean): TfTensor;
  square(): TfTensor;
  sqrt(): TfTensor;
  relu(): TfTensor;
  sum(): TfTensor;
  mean(axis: number, keepDims?: boolean): TfTensor;
  norm(): TfTensor;
  gather(indexes: TfTensor, axis?: number): TfTensor;
  slice(begin: number[], size: number[]): TfTensor;
  reshape(shape: number[]): TfTensor;
  logSoftmax(): TfTensor;
  toFloat(): TfTensor;
  dataSync(): Float32Array;
  dispose(): void;
}

export interface TfVariable extends TfTensor {
  readonly name: string;
  assign(value: TfTensor): void;
}

export interface TensorFlow {
  readonly version: Readonly<Record<string, string>>;
  tensor(values: Float32Array | Int32Array, shape: number[], dtype: "float32" | "int32"): TfTensor;
  variable(start: TfTensor): TfVariable;
  zerosLike(x: TfTensor): TfTensor;
  oneHot(labels: TfTensor, classes: number): TfTensor;
  conv2d(x: TfTensor, filters: TfTensor, stride: number, padding: "same"): TfTensor;
  maxPool(x: TfTensor, window: number, stride: number, padding: "valid"): TfTensor;
  tidy<T>(work: () => T): T;
  variableGrads(loss: () => TfTensor): { value: TfTensor; grads: Readonly<Record<string, TfTensor>> };
  disposeVariables(): void;
}
