export { cos, exp, log, log1p, pow, sigmoid, sin, tanh } from "./elementary.ts";
export { flops } from "./flops.ts";
export { numerics } from "./numerics.ts";
export type { DType, Program, Tensor } from "./program.ts";
export { ProgramError } from "./program.ts";
export { below, deriveKey, type Key, normal, normals, permutation, uniform, uniforms } from "./random.ts";
export { createSession, type EngineName, type Session, type SessionOptions, sessionBytes } from "./session.ts";
export { type Shape, ShapeError } from "./shape.ts";
export { type Range, type Tracer, trace } from "./trace.ts";
