/** The kernels of `../src/kernels.ts` in float32 on 128-bit SIMD: plain SIMD only (no relaxed operations), so the bits are the same on every machine. */

export { add, div, mul, sub } from "./binary";
export { correct, crossEntropy, crossEntropyGradient, softmax } from "./classification";
export { gram, matmul, matmulAdd } from "./matmul";
export { copy, fill, gather, gatherIndex, scatterAdd, transpose } from "./move";
export { adam, momentum, rmsprop, sgd } from "./optimisers";
export { packAt } from "./panels";
export { patches, unpatches } from "./patches";
export { maxPool, maxPoolGradient } from "./pool";
export { sum } from "./sum";
export { affine, exp, gate, log, relu, sigmoid, sqrt, square, step, tanh } from "./unary";
