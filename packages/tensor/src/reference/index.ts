import type { KernelFactory } from "../kernels.ts";
import { classificationKernels } from "./classification.ts";
import { elementwiseKernels } from "./elementwise.ts";
import { layoutKernels } from "./layout.ts";
import { matrixKernels } from "./matrix.ts";
import { createMemory } from "./memory.ts";
import { optimiserKernels } from "./optimisers.ts";
import { windowKernels } from "./window.ts";

/** The kernels in plain float64 TypeScript: what the others are checked against, and what exact claims run on. */
export const referenceKernels: KernelFactory = (bytes) => {
  const memory = createMemory(bytes);
  return {
    name: "reference",
    floatBytes: 8,
    buffer: memory.buffer,
    ...matrixKernels(memory),
    ...elementwiseKernels(memory),
    ...layoutKernels(memory),
    ...windowKernels(memory),
    ...classificationKernels(memory),
    ...optimiserKernels(memory),
  };
};
