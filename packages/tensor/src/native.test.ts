import { assert, boolean, constantFrom, integer, nat, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { Kernels } from "./kernels.ts";
import { type NativeProducts, nativeKernels } from "./native.ts";
import { sameBits } from "./native-bits.ts";
import { drawn } from "./testing/kernel-arena.ts";
import { nativeEngine } from "./testing/native.ts";
import { wasmKernels } from "./wasm.ts";

const { products } = nativeEngine;
const BYTES = 1 << 21;
const [A, B, ADDEND, C] = [1024, 1 << 18, 1 << 19, 3 << 19];
const numbers = drawn(5, (C - 1024) / 4);

/** Memory after `compute`, where operands lie among numbers. */
const after = (kernels: Kernels, compute: (kernels: Kernels) => void): Uint8Array => {
  new Float32Array(kernels.buffer, 1024).set(numbers);
  compute(kernels);
  return new Uint8Array(kernels.buffer, 0, BYTES);
};

const [native, wasm] = [nativeKernels(products)(BYTES), wasmKernels(BYTES)];
const sameMemory = (compute: (kernels: Kernels) => void): boolean => Buffer.compare(after(native, compute), after(wasm, compute)) === 0;

// up to three widths of a tile of 32 columns, and sums beyond what WebAssembly takes at once
const side = oneof(constantFrom(4, 6, 8, 12, 16, 32, 33), integer({ min: 1, max: 100 }));
const sizes = record({ m: side, n: side, k: oneof(side, integer({ min: 300, max: 600 })), gap: nat(2), transposeA: boolean(), transposeB: boolean() });
const strides = (rows: number, columns: number, transposed: boolean, gap: number): [number, number] => (transposed ? [1, rows + gap] : [columns + gap, 1]);

describe("native products", () => {
  it("have the bits of WebAssembly's and write nothing else", () => {
    assert(
      property(sizes, ({ m, n, k, gap, transposeA, transposeB }) => {
        const factors = [A, ...strides(m, k, transposeA, gap), B, ...strides(k, n, transposeB, gap)] as const;
        expect(sameMemory((kernels) => kernels.matmul(m, n, k, ...factors, C))).toBe(true);
        expect(sameMemory((kernels) => kernels.matmulAdd(m, n, k, ...factors, C, n, C))).toBe(true);
        expect(sameMemory((kernels) => kernels.matmulAdd(m, n, k, ...factors, ADDEND, n > 1 ? 0 : 1, C))).toBe(true);
        expect(sameMemory((kernels) => kernels.gram(m, k, A, ...strides(m, k, transposeA, gap), C))).toBe(true);
      }),
      { numRuns: 150 },
    );
  });

  it.each([1024, 1025, 2500])("have them in sums of %i terms", (k) => {
    const factors = [A, k, 1, B, 20, 1] as const;
    expect(sameMemory((kernels) => kernels.matmul(13, 20, k, ...factors, C))).toBe(true);
    expect(sameMemory((kernels) => kernels.matmul(13, 20, k, A, 1, 13, B, 1, k, C))).toBe(true);
    expect(sameMemory((kernels) => kernels.matmulAdd(13, 20, k, ...factors, ADDEND, 0, C))).toBe(true);
    expect(sameMemory((kernels) => kernels.matmulAdd(13, 20, k, ...factors, C, 20, C))).toBe(true);
    expect(sameMemory((kernels) => kernels.gram(20, k, A, k, 1, C))).toBe(true);
  });

  it("are refused beyond the memory, which stays as it was", () => {
    expect(() => native.matmul(64, 64, 64, A, 64, 1, 0xffff_ff00, 64, 1, C)).toThrow(RangeError);
    expect(() => native.matmul(64, 64, 64, A, 1 << 24, 1, B, 64, 1, C)).toThrow("beyond the memory");
    expect(sameMemory((kernels) => kernels.matmul(64, 64, 64, A, 64, 1, B, 64, 1, C))).toBe(true);
  });

  it("are tried before they are used: an addon that sums otherwise is found out", () => {
    expect(sameBits(products)).toBe(true);
    const otherwise: NativeProducts = {
      instructions: "none",
      over: (memory, requestAt) => {
        const compute = products.over(memory, requestAt);
        const request = new Uint32Array(memory, requestAt, 13);
        return () => {
          compute();
          new Uint32Array(memory, request[12], 1)[0]! ^= 1; // the last bit of the first element
        };
      },
    };
    expect(sameBits(otherwise)).toBe(false);
  });
});
