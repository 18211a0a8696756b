/**
 * The `wasm` engine with a native addon for its larger products: wider vectors, the same bits. Each element of a product is one sum in
 * the order of k in both; only products of fewer than four rows or columns are summed otherwise in WebAssembly, and stay there.
 */
import type { KernelFactory } from "./kernels.ts";
import { wasmKernels } from "./wasm.ts";

/** What the addon exports. */
export interface NativeProducts {
  /** The vectors that this processor multiplies with, such as `avx2`; undefined where none are wider than WebAssembly's. */
  readonly instructions: string | undefined;
  /** Products over a memory: each call computes what the words at `requestAt` say, in the order of `write` below. */
  over(memory: ArrayBuffer, requestAt: number): () => void;
}

const REQUEST_WORDS = 13;
const LEAST_SIDE = 4;
/** A call into the addon takes about as long as this many multiplications in WebAssembly. */
const LEAST_MULTIPLICATIONS = 2048;
/** Terms of the sums of a product that is added to what it replaces: longer ones need room for the sums until they are whole. */
const LONGEST_ONTO = 1024;

/** As `wasmKernels`, with the same limits. */
export const nativeKernels =
  (products: NativeProducts): KernelFactory =>
  (bytes) => {
    const requestAt = Math.ceil(bytes / 16) * 16;
    const wasm = wasmKernels(requestAt + 4 * REQUEST_WORDS);
    const request = new Uint32Array(wasm.buffer, requestAt, REQUEST_WORDS);
    const compute = products.over(wasm.buffer, requestAt);
    const write = (
      gram: 0 | 1,
      m: number,
      n: number,
      k: number,
      a: number,
      aRow: number,
      aColumn: number,
      b: number,
      bRow: number,
      bColumn: number,
      addend: number,
      addendRow: number,
      c: number,
    ): void => {
      request[0] = gram;
      request[1] = m;
      request[2] = n;
      request[3] = k;
      request[4] = a;
      request[5] = aRow;
      request[6] = aColumn;
      request[7] = b;
      request[8] = bRow;
      request[9] = bColumn;
      request[10] = addend;
      request[11] = addendRow;
      request[12] = c;
    };
    return {
      ...wasm,
      matmul: (m, n, k, a, aRow, aColumn, b, bRow, bColumn, c) => {
        if (!gains(m, n, k)) return wasm.matmul(m, n, k, a, aRow, aColumn, b, bRow, bColumn, c);
        write(0, m, n, k, a, aRow, aColumn, b, bRow, bColumn, 0, 0, c);
        return compute();
      },
      matmulAdd: (m, n, k, a, aRow, aColumn, b, bRow, bColumn, addend, addendRow, c) => {
        if (!gains(m, n, k) || (addend === c && k > LONGEST_ONTO)) return wasm.matmulAdd(m, n, k, a, aRow, aColumn, b, bRow, bColumn, addend, addendRow, c);
        write(0, m, n, k, a, aRow, aColumn, b, bRow, bColumn, addend, addendRow, c);
        return compute();
      },
      gram: (n, k, a, aRow, aColumn, c) => {
        if (!gains(n, n, k)) return wasm.gram(n, k, a, aRow, aColumn, c);
        write(1, n, n, k, a, aRow, aColumn, a, aColumn, aRow, 0, 0, c);
        return compute();
      },
    };
  };

function gains(m: number, n: number, k: number): boolean {
  return m >= LEAST_SIDE && n >= LEAST_SIDE && m * n * k >= LEAST_MULTIPLICATIONS;
}
