import { assert, boolean, constantFrom, integer, nat, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelFactory, Kernels } from "./kernels.ts";
import { nativeKernels } from "./native.ts";
import { referenceKernels } from "./reference/index.ts";
import { type Arena, createArena, drawn } from "./testing/kernel-arena.ts";
import { nativeEngine } from "./testing/native.ts";
import { wasmKernels } from "./wasm.ts";

const engines: [string, KernelFactory][] = [
  ["reference", referenceKernels],
  ["wasm", wasmKernels],
  ["wasm with native products", nativeKernels(nativeEngine.products)],
];

interface Product {
  m: number;
  n: number;
  k: number;
  transposeA: boolean;
  transposeB: boolean;
  /** Elements between the end of a row in memory and the next one. */
  gap: number;
  seed: number;
}

const size = oneof(constantFrom(1, 2, 3, 4, 8, 10, 16, 17), integer({ min: 1, max: 40 }));
const products = record({ m: size, n: size, k: size, transposeA: boolean(), transposeB: boolean(), gap: nat(3), seed: nat(1e6) });

/** A [rows, columns] operand: its numbers in memory and its strides. */
function operand(rows: number, columns: number, transposed: boolean, gap: number, seed: number) {
  const [outer, inner] = transposed ? [columns, rows] : [rows, columns];
  const stride = inner + gap;
  const values = drawn(seed, outer * stride);
  const [row, column] = transposed ? [1, stride] : [stride, 1];
  return { values, row, column, at: (i: number, j: number): number => values[i * row + j * column]! };
}

function run(arena: Arena, p: Product, kernel: "matmul" | "matmulAdd"): { got: number[]; start: number[]; want: number[] } {
  const a = operand(p.m, p.k, p.transposeA, p.gap, p.seed);
  const b = operand(p.k, p.n, p.transposeB, p.gap, p.seed + 1);
  const start = drawn(p.seed + 2, p.m * p.n);
  const [aAt, bAt, c] = [arena.floats(a.values), arena.floats(b.values), arena.floats(start)];
  arena.run([[c, p.m * p.n]], (kernels: Kernels) => {
    const factors = [p.m, p.n, p.k, aAt, a.row, a.column, bAt, b.row, b.column] as const;
    if (kernel === "matmul") kernels.matmul(...factors, c);
    else kernels.matmulAdd(...factors, c, p.n, c);
  });
  const want = Array.from({ length: p.m * p.n }, (_, at) => {
    let sum = 0;
    for (let l = 0; l < p.k; l++) sum += a.at(Math.floor(at / p.n), l) * b.at(l, at % p.n);
    return sum;
  });
  return { got: arena.read(c, p.m * p.n), start, want };
}

/** The largest difference to the product in float64, as a fraction of what rounding allows. */
function relativeError(arena: Arena, p: Product): number {
  const { got, want } = run(arena, p, "matmul");
  const worst = Math.max(...got.map((value, i) => Math.abs(value - want[i]!)));
  return worst / ((p.k + 2) * Math.sqrt(p.k + 1) * arena.epsilon);
}

describe.each(engines)("matmul of %s", (_, factory) => {
  it("is the product for every size, transposition and row stride", () => {
    assert(
      property(products, (p) => {
        expect(relativeError(createArena(factory, p.seed % 4), p)).toBeLessThanOrEqual(1);
      }),
      { numRuns: 300 },
    );
  });

  // each takes another path through tiles and packing
  const large: [string, Partial<Product>][] = [
    ["b packed by rows", { m: 33, n: 131, k: 70 }],
    ["b packed by columns", { m: 33, n: 70, k: 131, transposeB: true }],
    ["both transposed", { m: 29, n: 37, k: 90, transposeA: true, transposeB: true }],
    ["a long sum", { m: 5, n: 9, k: 3000 }],
    ["a very long sum of a transposed operand", { m: 5, n: 3, k: 20_000, transposeB: true }],
    ["many rows and columns", { m: 300, n: 150, k: 17, transposeA: true }],
    ["one row", { m: 1, n: 200, k: 90 }],
    ["one column of a matrix by rows", { m: 200, n: 1, k: 90 }],
    ["one column of a matrix by columns", { m: 200, n: 1, k: 90, transposeA: true }],
    ["a column that is not one run of memory", { m: 9, n: 1, k: 90, gap: 2 }],
    ["an outer product", { m: 50, n: 60, k: 1 }],
  ];
  it.each(large)("is the product for %s", (_name, p) => {
    const whole = { m: 1, n: 1, k: 1, transposeA: false, transposeB: false, gap: 0, seed: 7, ...p };
    expect(relativeError(createArena(factory), whole)).toBeLessThanOrEqual(1);
  });

  // a long sum is cut into blocks, rows and columns into others; sums then go on where they ended
  const blocked: [string, Partial<Product>][] = [
    ["by rows", { m: 22, n: 133, k: 700 }],
    ["by columns", { m: 137, n: 21, k: 650, transposeA: true, transposeB: true, gap: 1 }],
    ["over many rows", { m: 530, n: 9, k: 330 }],
  ];
  it.each(blocked)("sums in the order of k, and matmulAdd adds once: %s", (_name, q) => {
    const p = { m: 1, n: 1, k: 1, transposeA: false, transposeB: false, gap: 0, seed: 9, ...q };
    const round = createArena(factory).kernels.floatBytes === 4 ? Math.fround : Number;
    const [a, b] = [operand(p.m, p.k, p.transposeA, p.gap, p.seed), operand(p.k, p.n, p.transposeB, p.gap, p.seed + 1)];
    const want = Array.from({ length: p.m * p.n }, (_sum, at) => {
      let sum = 0;
      for (let l = 0; l < p.k; l++) sum = round(sum + round(a.at(Math.floor(at / p.n), l) * b.at(l, at % p.n)));
      return sum;
    });
    expect(run(createArena(factory), p, "matmul").got).toEqual(want);
    const { got, start } = run(createArena(factory), p, "matmulAdd");
    expect(got).toEqual(want.map((value, i) => round(start[i]! + value)));
  });

  it("adds the finished product where matmulAdd is asked for", () => {
    assert(
      property(products, (p) => {
        const arena = createArena(factory);
        const product = run(arena, p, "matmul").got;
        const { got, start } = run(arena, p, "matmulAdd");
        const round = arena.kernels.floatBytes === 4 ? Math.fround : Number;
        expect(got).toEqual(product.map((value, i) => round(start[i]! + value)));
      }),
      { numRuns: 60 },
    );
  });

  it("adds another matrix with a stride of its own, or the same row everywhere", () => {
    assert(
      property(products, (p) => {
        const arena = createArena(factory);
        const product = run(arena, p, "matmul").got;
        const [a, b] = [operand(p.m, p.k, p.transposeA, p.gap, p.seed), operand(p.k, p.n, p.transposeB, p.gap, p.seed + 1)];
        const values = drawn(p.seed + 3, p.m * (p.n + p.gap));
        const [aAt, bAt, addend, c] = [arena.floats(a.values), arena.floats(b.values), arena.floats(values), arena.floats(product)];
        const strides = p.n === 1 ? [1] : [p.n + p.gap, 0];
        const round = arena.kernels.floatBytes === 4 ? Math.fround : Number;
        for (const stride of strides) {
          arena.run([[c, p.m * p.n]], (k) => k.matmulAdd(p.m, p.n, p.k, aAt, a.row, a.column, bAt, b.row, b.column, addend, stride, c));
          const want = product.map((value, at) => round(values[Math.floor(at / p.n) * stride + (at % p.n)]! + value));
          expect(arena.read(c, p.m * p.n)).toEqual(want);
        }
      }),
      { numRuns: 150 },
    );
  });

  it("gives the same bits at any place in memory", () => {
    assert(
      property(products, (p) => {
        expect(run(createArena(factory, 1), p, "matmul").got).toEqual(run(createArena(factory, 2), p, "matmul").got);
      }),
      { numRuns: 40 },
    );
  });

  it("keeps a NaN and an infinity in the row and column they belong to", () => {
    const arena = createArena(factory);
    const a = arena.floats([1, Number.NaN, 2, 3]);
    const b = arena.floats([Number.POSITIVE_INFINITY, 1, 1, 1]);
    const c = arena.floats([0, 0, 0, 0]);
    arena.run([[c, 4]], (kernels) => kernels.matmul(2, 2, 2, a, 2, 1, b, 2, 1, c));
    expect(arena.read(c, 4)).toEqual([Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, 5]);
  });
});
