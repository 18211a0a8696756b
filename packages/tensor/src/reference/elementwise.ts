import { exp, log, sigmoid, tanh } from "../elementary.ts";
import type { BinaryKernel, Kernels, UnaryKernel } from "../kernels.ts";
import type { Memory } from "./memory.ts";

type Elementwise = "add" | "sub" | "mul" | "div" | "affine" | "exp" | "log" | "tanh" | "sigmoid" | "relu" | "step" | "gate" | "sqrt" | "square";

/** Kernels that treat every element alone. */
export function elementwiseKernels({ floats }: Memory): Pick<Kernels, Elementwise> {
  const unary =
    (f: (x: number) => number): UnaryKernel =>
    (n, a, out) => {
      const [from, to] = [a / 8, out / 8];
      for (let i = 0; i < n; i++) floats[to + i] = f(floats[from + i]!);
    };
  const binary =
    (f: (a: number, b: number) => number): BinaryKernel =>
    (d0, d1, d2, a, a0, a1, a2, b, b0, b1, b2, out) => {
      let to = out / 8;
      for (let i = 0; i < d0; i++) {
        for (let j = 0; j < d1; j++) {
          const left = a / 8 + i * a0 + j * a1;
          const right = b / 8 + i * b0 + j * b1;
          for (let l = 0; l < d2; l++) floats[to++] = f(floats[left + l * a2]!, floats[right + l * b2]!);
        }
      }
    };
  return {
    add: binary((a, b) => a + b),
    sub: binary((a, b) => a - b),
    mul: binary((a, b) => a * b),
    div: binary((a, b) => a / b),
    affine: (n, a, scale, shift, out) => {
      const [from, to] = [a / 8, out / 8];
      for (let i = 0; i < n; i++) floats[to + i] = scale * floats[from + i]! + shift;
    },
    exp: unary(exp),
    log: unary(log),
    tanh: unary(tanh),
    sigmoid: unary(sigmoid),
    relu: unary((x) => (x > 0 || Number.isNaN(x) ? x : 0)),
    gate: (n, a, x, out) => {
      for (let i = 0; i < n; i++) floats[out / 8 + i] = floats[a / 8 + i]! * (floats[x / 8 + i]! > 0 ? 1 : 0);
    },
    step: unary((x) => (x > 0 ? 1 : 0)),
    sqrt: unary(Math.sqrt),
    square: unary((x) => x * x),
  };
}
