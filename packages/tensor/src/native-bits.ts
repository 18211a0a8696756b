import type { Kernels } from "./kernels.ts";
import { type NativeProducts, nativeKernels } from "./native.ts";
import { deriveKey, uniforms } from "./random.ts";
import { wasmKernels } from "./wasm.ts";

/** Sizes that end in each part of a tile, short and long sums. */
const sizes = [
  [4, 29, 131],
  [17, 8, 90],
  [53, 47, 20],
] as const;

const [A, B, C, BYTES] = [1024, 1 << 15, 1 << 16, 1 << 17];

/** Whether an addon's products have the bits that WebAssembly's have in this process: tries each kind on a few sizes, in about a millisecond. */
export function sameBits(products: NativeProducts): boolean {
  const [native, wasm] = [nativeKernels(products)(BYTES), wasmKernels(BYTES)];
  const numbers = uniforms(deriveKey("0000000000000001", "native"), (C - A) / 4).map((u) => u - 0.5);
  for (const { buffer } of [native, wasm]) new Float32Array(buffer, A).set(numbers);
  const agree = (compute: (kernels: Kernels) => void): boolean => {
    compute(native);
    compute(wasm);
    return Buffer.compare(Buffer.from(native.buffer, C, BYTES - C), Buffer.from(wasm.buffer, C, BYTES - C)) === 0;
  };
  return sizes.every(([m, n, k]) =>
    [
      (kernels: Kernels) => kernels.matmul(m, n, k, A, k, 1, B, n, 1, C),
      (kernels: Kernels) => kernels.matmul(m, n, k, A, 1, m, B, 1, k, C),
      (kernels: Kernels) => kernels.matmulAdd(m, n, k, A, k, 1, B, 1, k, C, n, C),
      (kernels: Kernels) => kernels.gram(m, k, A, k, 1, C),
    ].every(agree),
  );
}
