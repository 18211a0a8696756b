import { array, assert, constantFrom, integer, nat, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelFactory } from "./kernels.ts";
import { referenceKernels } from "./reference/index.ts";
import { createArena, drawn } from "./testing/kernel-arena.ts";
import { wasmKernels } from "./wasm.ts";

const engines: [string, KernelFactory][] = [
  ["reference", referenceKernels],
  ["wasm", wasmKernels],
];
const size = oneof(constantFrom(1, 2, 3, 4, 5, 8, 16), integer({ min: 1, max: 37 }));
const zeros = (n: number): number[] => Array.from({ length: n }, () => 0);

describe.each(engines)("sums and moves of %s", (_, factory) => {
  it("sum over the middle axis", () => {
    assert(
      property(record({ outer: size, middle: size, inner: size, seed: nat(1e6) }), ({ outer, middle, inner, seed }) => {
        const arena = createArena(factory, seed % 4);
        const values = drawn(seed, outer * middle * inner);
        const [a, out] = [arena.floats(values), arena.floats(zeros(outer * inner))];
        arena.run([[out, outer * inner]], (k) => k.sum(outer, middle, inner, a, out));
        const got = arena.read(out, outer * inner);
        for (let i = 0; i < outer; i++) {
          for (let l = 0; l < inner; l++) {
            let want = 0;
            for (let j = 0; j < middle; j++) want += values[(i * middle + j) * inner + l]!;
            expect(Math.abs(got[i * inner + l]! - want)).toBeLessThanOrEqual(middle * arena.epsilon * Math.sqrt(middle));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it("fill any number of elements and no more", () => {
    for (let n = 1; n <= 19; n++) {
      const arena = createArena(factory, n % 4);
      const out = arena.floats(zeros(n));
      arena.run([[out, n]], (k) => k.fill(n, 1.5, out));
      expect(arena.read(out, n)).toEqual(zeros(n).map(() => 1.5));
    }
  });

  it("copy rows between strides", () => {
    assert(
      property(record({ rows: size, columns: size, gapA: nat(5), gapB: nat(5), seed: nat(1e6) }), ({ rows, columns, gapA, gapB, seed }) => {
        const arena = createArena(factory, seed % 4);
        const [from, to] = [columns + gapA, columns + gapB];
        const values = drawn(seed, rows * from);
        const [source, target] = [arena.floats(values), arena.floats(zeros(rows * to))];
        arena.run([[target, rows * to]], (k) => k.copy(rows, columns, source, from, target, to));
        const want = zeros(rows * to);
        for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) want[i * to + j] = values[i * from + j]!;
        expect(arena.read(target, rows * to)).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });

  it("transpose", () => {
    assert(
      property(record({ rows: size, columns: size, seed: nat(1e6) }), ({ rows, columns, seed }) => {
        const arena = createArena(factory, seed % 4);
        const values = drawn(seed, rows * columns);
        const [a, out] = [arena.floats(values), arena.floats(values)];
        arena.run([[out, rows * columns]], (k) => k.transpose(rows, columns, a, out));
        expect(arena.read(out, rows * columns)).toEqual(values.map((_value, at) => values[(at % rows) * columns + Math.floor(at / rows)]!));
      }),
      { numRuns: 100 },
    );
  });

  const tables = record({ columns: size, index: array(integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 }), seed: nat(1e6) });

  it("gather rows of a table", () => {
    assert(
      property(tables, ({ columns, index, seed }) => {
        const arena = createArena(factory, seed % 4);
        const values = drawn(seed, 7 * columns);
        const [table, at, out] = [arena.floats(values), arena.indexes(index), arena.floats(zeros(index.length * columns))];
        arena.run([[out, index.length * columns]], (k) => k.gather(index.length, columns, table, at, out));
        expect(arena.read(out, index.length * columns)).toEqual(index.flatMap((row) => values.slice(row * columns, (row + 1) * columns)));
      }),
      { numRuns: 100 },
    );
  });

  it("gather indexes", () => {
    const arena = createArena(factory);
    const [table, at, out] = [arena.indexes([70, 71, 10, 11, 40, 41]), arena.indexes([2, 2, 0, 1, 2]), arena.indexes(zeros(10))];
    arena.kernels.gatherIndex(5, 1, table, at, out);
    expect(Array.from(new Int32Array(arena.kernels.buffer, out, 5))).toEqual([10, 10, 70, 71, 10]);
    arena.kernels.gatherIndex(5, 2, table, at, out);
    expect(Array.from(new Int32Array(arena.kernels.buffer, out, 10))).toEqual([40, 41, 40, 41, 70, 71, 10, 11, 40, 41]);
  });

  it("add rows into a table, repeated ones too", () => {
    assert(
      property(tables, ({ columns, index, seed }) => {
        const arena = createArena(factory, seed % 4);
        const start = drawn(seed, 7 * columns);
        const rows = drawn(seed + 1, index.length * columns);
        const [table, at, source] = [arena.floats(start), arena.indexes(index), arena.floats(rows)];
        arena.run([[table, 7 * columns]], (k) => k.scatterAdd(index.length, columns, source, at, table));
        const round = arena.kernels.floatBytes === 4 ? Math.fround : Number;
        const want = [...start];
        for (const [i, row] of index.entries())
          for (let j = 0; j < columns; j++) want[row * columns + j] = round(want[row * columns + j]! + rows[i * columns + j]!);
        expect(arena.read(table, 7 * columns)).toEqual(want);
      }),
      { numRuns: 100 },
    );
  });
});
