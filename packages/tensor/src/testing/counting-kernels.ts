import type { KernelFactory } from "../kernels.ts";
import { referenceKernels } from "../reference/index.ts";

/** Reference kernels that count their calls; `calls` tells the counts since it was last asked. For tests. */
export function counting(): { factory: KernelFactory; calls: () => Record<string, number> } {
  const counts = new Map<string, number>();
  const factory: KernelFactory = (bytes) => {
    const kernels = referenceKernels(bytes);
    const counted = Object.entries(kernels).map(([name, kernel]) => {
      if (typeof kernel !== "function") return [name, kernel];
      const call = (...args: number[]): void => {
        counts.set(name, (counts.get(name) ?? 0) + 1);
        (kernel as (...numbers: number[]) => void)(...args);
      };
      return [name, call];
    });
    return Object.fromEntries(counted) as ReturnType<KernelFactory>;
  };
  return {
    factory,
    calls: () => {
      const seen = Object.fromEntries(counts);
      counts.clear();
      return seen;
    },
  };
}
