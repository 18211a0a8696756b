import { describe, expect, it } from "vitest";
import { wasmKernels } from "./wasm.ts";

describe("wasmKernels", () => {
  it("gives a zeroed memory of at least the bytes asked for, that keeps its buffer", () => {
    const kernels = wasmKernels(100_000);
    const { buffer } = kernels;
    expect(buffer.byteLength).toBeGreaterThanOrEqual(100_000);
    expect(new Uint8Array(buffer, 0, 100_000).every((byte) => byte === 0)).toBe(true);
    kernels.fill(24_000, 1, 1024);
    kernels.matmul(64, 64, 64, 1024, 64, 1, 1024, 1, 64, 50_000);
    expect(kernels.buffer).toBe(buffer);
  });

  it("never writes into the first 1,024 bytes nor leaves scratch in the caller's bytes", () => {
    const kernels = wasmKernels(300_000);
    kernels.fill(24_000, 1, 1024);
    kernels.matmul(64, 64, 64, 1024, 64, 1, 1024, 1, 64, 100_000); // packs b
    expect(new Uint8Array(kernels.buffer, 0, 1024).every((byte) => byte === 0)).toBe(true);
    expect(new Uint8Array(kernels.buffer, 116_384, 300_000 - 116_384).every((byte) => byte === 0)).toBe(true);
  });

  it("keeps kernel sets apart", () => {
    const [one, two] = [wasmKernels(4096), wasmKernels(4096)];
    one.fill(4, 7, 1024);
    expect(Array.from(new Float32Array(two.buffer, 1024, 4))).toEqual([0, 0, 0, 0]);
  });

  it("computes beyond 2 GiB, where addresses are negative as signed numbers", () => {
    const bytes = 2 ** 31 + 2 ** 17;
    const kernels = wasmKernels(bytes);
    const [a, b, c] = [2 ** 31 - 16, 2 ** 31 + 4096, 2 ** 31 + 8192];
    kernels.fill(35, 2, a); // lies across the border
    kernels.fill(35, 3, b);
    kernels.matmul(5, 5, 7, a, 7, 1, b, 5, 1, c);
    kernels.affine(25, c, 0.5, 1, c);
    expect(Array.from(new Float32Array(kernels.buffer, c, 25))).toEqual(Array.from({ length: 25 }, () => 22));
    kernels.matmul(1, 5, 7, a, 7, 1, b, 1, 7, c); // by dot products
    expect(Array.from(new Float32Array(kernels.buffer, c, 5))).toEqual([42, 42, 42, 42, 42]);
  });

  it("refuses more than 4 GiB in words", () => {
    expect(() => wasmKernels(2 ** 32)).toThrow(/4 GiB.*fewer trials/);
  });
});
