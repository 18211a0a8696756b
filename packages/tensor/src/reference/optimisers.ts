import type { Kernels } from "../kernels.ts";
import type { Memory } from "./memory.ts";

/** Parameter updates in place; formulas are those of the kernel interface. */
export function optimiserKernels({ floats }: Memory): Pick<Kernels, "sgd" | "momentum" | "adam" | "rmsprop"> {
  return {
    sgd: (n, p, g, scalars) => {
      const s = scalars / 8;
      const rate = floats[s]!;
      const decay = floats[s + 1]!;
      for (let i = 0; i < n; i++) floats[p / 8 + i]! -= rate * (floats[g / 8 + i]! + decay * floats[p / 8 + i]!);
    },
    momentum: (n, p, g, v, scalars) => {
      const s = scalars / 8;
      const rate = floats[s]!;
      const momentum = floats[s + 1]!;
      const decay = floats[s + 2]!;
      for (let i = 0; i < n; i++) {
        const velocity = momentum * floats[v / 8 + i]! + floats[g / 8 + i]! + decay * floats[p / 8 + i]!;
        floats[v / 8 + i] = velocity;
        floats[p / 8 + i]! -= rate * velocity;
      }
    },
    adam: (n, p, g, m, v, scalars) => {
      const s = scalars / 8;
      const step = floats[s]!;
      const b1 = floats[s + 1]!;
      const b2 = floats[s + 2]!;
      const epsilon = floats[s + 3]!;
      const decay = floats[s + 4]!;
      for (let i = 0; i < n; i++) {
        const grad = floats[g / 8 + i]!;
        const first = b1 * floats[m / 8 + i]! + (1 - b1) * grad;
        const second = b2 * floats[v / 8 + i]! + (1 - b2) * grad * grad;
        floats[m / 8 + i] = first;
        floats[v / 8 + i] = second;
        floats[p / 8 + i]! -= (step * first) / (Math.sqrt(second) + epsilon) + decay * floats[p / 8 + i]!;
      }
    },
    rmsprop: (n, p, g, v, scalars) => {
      const s = scalars / 8;
      const rate = floats[s]!;
      const keep = floats[s + 1]!;
      const epsilon = floats[s + 2]!;
      const decay = floats[s + 3]!;
      for (let i = 0; i < n; i++) {
        const grad = floats[g / 8 + i]!;
        const second = keep * floats[v / 8 + i]! + (1 - keep) * grad * grad;
        floats[v / 8 + i] = second;
        floats[p / 8 + i]! -= (rate * (grad + decay * floats[p / 8 + i]!)) / (Math.sqrt(second) + epsilon);
      }
    },
  };
}
