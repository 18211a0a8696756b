import * as fc from "fast-check";
import { expect, test } from "vitest";
import { type Grid, randomGrid } from "./grid.ts";
import { row } from "./strategies/row.ts";
import { spread } from "./strategies/spread.ts";
import { type CountedStrategy, counted } from "./strategies.ts";

const ordered = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

const unpermuted = (rows: number, columns: number, count: number): Grid => ({
  rows,
  columns,
  count,
  key: "0000000000000000",
  rowOrder: () => ordered(rows),
  columnOrder: () => ordered(columns),
  cellOrder: () => ordered(rows * columns),
  values: () => new Float64Array(rows * columns),
});

const maskOf = (grid: Grid, cells: Int32Array): number[][] =>
  Array.from({ length: grid.rows }, (_row, i) => Array.from({ length: grid.columns }, (_column, j) => (cells.includes(i * grid.columns + j) ? 1 : 0)));

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const columnsOf = (mask: number[][]): number[][] => (mask[0] ?? []).map((_, j) => mask.map((cells) => cells[j]!));

test.for([
  {
    size: [3, 4, 5],
    want: [
      [1, 0, 0, 1],
      [1, 1, 0, 0],
      [0, 0, 1, 0],
    ],
  },
  {
    size: [4, 3, 6],
    want: [
      [1, 1, 0],
      [0, 1, 1],
      [0, 0, 1],
      [1, 0, 0],
    ],
  },
  {
    size: [4, 4, 6],
    want: [
      [1, 1, 0, 0],
      [0, 1, 1, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
  },
] as const)("spread without permutations is vector V4 of studies.md for $size", ({ size: [rows, columns, count], want }) => {
  const grid = unpermuted(rows, columns, count);
  expect(maskOf(grid, spread(grid))).toEqual(want);
});

const grids = fc
  .record({ rows: fc.integer({ min: 1, max: 9 }), columns: fc.integer({ min: 1, max: 9 }), share: fc.double({ min: 0, max: 1, noNaN: true }), seed: fc.nat() })
  .map(({ rows, columns, share, seed }): Grid => {
    const key = seed.toString(16).padStart(16, "0");
    const values = (): Float64Array => Float64Array.from({ length: rows * columns }, (_, cell) => ((cell * 7919 + seed) % 13) - 6);
    return randomGrid({ rows, columns, count: Math.round(share * rows * columns), key, values });
  });

const names: CountedStrategy[] = ["uniform", "spread", "row", "col", "neuron", "block", "diag", "banded", "lower", "upper", "magnitude", "smallest"];

test("every strategy is tried here", () => {
  expect(Object.keys(counted).sort()).toEqual([...names].sort());
});

test.for(names)("%s chooses exactly as many distinct cells as asked", (name) => {
  fc.assert(
    fc.property(grids, (grid) => {
      const cells = counted[name].cells(grid);
      expect(cells.length).toBe(grid.count);
      expect(new Set(cells).size).toBe(grid.count);
      for (const cell of cells) expect(cell).toSatisfy((c: number) => c >= 0 && c < grid.rows * grid.columns);
    }),
  );
});

test("spread leaves row counts, and column counts, within one of each other", () => {
  fc.assert(
    fc.property(grids, (grid) => {
      const mask = maskOf(grid, spread(grid));
      for (const lines of [mask, columnsOf(mask)]) {
        const counts = lines.map(sum);
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }
    }),
  );
});

/** Lines with some but not all of their cells. */
const partial = (lines: number[][]): number => lines.filter((line) => sum(line) > 0 && sum(line) < line.length).length;

test("row fills whole rows, col whole columns, and at most one line is partial", () => {
  fc.assert(
    fc.property(grids, (grid) => {
      expect(partial(maskOf(grid, row(grid)))).toBeLessThanOrEqual(1);
      expect(partial(columnsOf(maskOf(grid, counted.col.cells(grid))))).toBeLessThanOrEqual(1);
    }),
  );
});

test("block stays within ⌈√p⌉ rows and columns where it fits", () => {
  fc.assert(
    fc.property(grids, (grid) => {
      const side = Math.ceil(Math.sqrt(grid.count));
      fc.pre(side <= grid.rows && side <= grid.columns);
      const mask = maskOf(grid, counted.block.cells(grid));
      for (const lines of [mask, columnsOf(mask)]) expect(lines.filter((line) => sum(line) > 0).length).toBeLessThanOrEqual(side);
    }),
  );
});

test.for([
  { name: "diag", rank: (i: number, j: number) => Math.abs(i - j) },
  { name: "banded", rank: (i: number, j: number) => Math.abs(i - j) },
  { name: "lower", rank: (i: number, j: number) => (j <= i ? 0 : 1) },
  { name: "upper", rank: (i: number, j: number) => (j >= i ? 0 : 1) },
] as const)("$name takes no cell while a better ranked one is left", ({ name, rank }) => {
  fc.assert(
    fc.property(grids, (grid) => {
      const taken = new Set(counted[name].cells(grid));
      const ranks = Array.from({ length: grid.rows * grid.columns }, (_, cell) => ({
        taken: taken.has(cell),
        rank: rank(Math.floor(cell / grid.columns), cell % grid.columns),
      }));
      const ranksWhere = (wanted: boolean): number[] => ranks.filter((cell) => cell.taken === wanted).map((cell) => cell.rank);
      expect(Math.max(-Infinity, ...ranksWhere(true))).toBeLessThanOrEqual(Math.min(Infinity, ...ranksWhere(false)));
    }),
  );
});

test("magnitude takes the largest and smallest the smallest initial values", () => {
  fc.assert(
    fc.property(grids, (grid) => {
      const size = (cell: number): number => Math.abs(grid.values()[cell]!);
      const total = (name: CountedStrategy): number => sum(Array.from(counted[name].cells(grid), size));
      const sorted = Array.from({ length: grid.rows * grid.columns }, (_, cell) => size(cell)).sort((a, b) => a - b);
      expect(total("smallest")).toBe(sum(sorted.slice(0, grid.count)));
      expect(total("magnitude")).toBe(sum(sorted.slice(sorted.length - grid.count)));
    }),
  );
});
