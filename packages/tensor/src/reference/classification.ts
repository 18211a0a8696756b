import { exp, log } from "../elementary.ts";
import type { Kernels } from "../kernels.ts";
import type { Memory } from "./memory.ts";

/** Kernels over rows of logits, and their labels. */
export function classificationKernels({ floats, indexes }: Memory): Pick<Kernels, "softmax" | "crossEntropy" | "crossEntropyGradient" | "correct"> {
  const argmax = (row: number, classes: number): number => {
    let best = 0;
    for (let j = 1; j < classes; j++) if (floats[row + j]! > floats[row + best]!) best = j;
    return best;
  };
  // Σⱼ exp(xⱼ − max), so that nothing overflows.
  const shiftedSum = (row: number, classes: number, largest: number): number => {
    let sum = 0;
    for (let j = 0; j < classes; j++) sum += exp(floats[row + j]! - largest);
    return sum;
  };
  return {
    softmax: (rows, columns, causal, x, out) => {
      for (let i = 0; i < rows; i++) {
        const [from, to] = [x / 8 + i * columns, out / 8 + i * columns];
        const seen = causal === 0 ? columns : (i % columns) + 1;
        const largest = floats[from + argmax(from, seen)]!;
        const sum = shiftedSum(from, seen, largest);
        for (let j = 0; j < columns; j++) floats[to + j] = j < seen ? exp(floats[from + j]! - largest) / sum : 0;
      }
    },
    crossEntropy: (rows, classes, logits, labels, out) => {
      for (let i = 0; i < rows; i++) {
        const row = logits / 8 + i * classes;
        const largest = floats[row + argmax(row, classes)]!;
        floats[out / 8 + i] = log(shiftedSum(row, classes, largest)) + (largest - floats[row + indexes[labels / 4 + i]!]!);
      }
    },
    crossEntropyGradient: (rows, classes, logits, labels, upstream, out) => {
      for (let i = 0; i < rows; i++) {
        const row = logits / 8 + i * classes;
        const to = out / 8 + i * classes;
        const largest = floats[row + argmax(row, classes)]!;
        const sum = shiftedSum(row, classes, largest);
        const label = indexes[labels / 4 + i]!;
        for (let j = 0; j < classes; j++) {
          const probability = exp(floats[row + j]! - largest) / sum;
          floats[to + j] = floats[upstream / 8 + i]! * (probability - (j === label ? 1 : 0));
        }
      }
    },
    correct: (rows, classes, logits, labels, out) => {
      for (let i = 0; i < rows; i++) floats[out / 8 + i] = argmax(logits / 8 + i * classes, classes) === indexes[labels / 4 + i]! ? 1 : 0;
    },
  };
}
