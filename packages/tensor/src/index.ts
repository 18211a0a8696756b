export { centred, centredGram, distanceCorrelation, linearCka, squaredDistances } from "./alignment.ts";
export type { Pooling, Stepping } from "./convolution.ts";
export { cos, exp, log, log1p, pow, sigmoid, sin, tanh } from "./elementary.ts";
export { flops } from "./flops.ts";
export type { NativeProducts } from "./native.ts";
export { sameBits } from "./native-bits.ts";
export { numerics } from "./numerics.ts";
export type { DType, Program, Tensor } from "./program.ts";
export { ProgramError } from "./program.ts";
export { below, deriveKey, type Key, normal, normals, permutation, uniform, uniforms } from "./random.ts";
export {
  createSession,
  type Engine,
  type EngineName,
  type NativeEngine,
  type Session,
  type SessionOptions,
  sessionBytes,
  type TensorFlowEngine,
} from "./session.ts";
export { type Shape, ShapeError } from "./shape.ts";
export type { TensorFlow } from "./tfjs/tensorflow.ts";
export { type Range, type Tracer, trace } from "./trace.ts";
export type { Padding } from "./window.ts";
