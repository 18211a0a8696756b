import { deriveKey, normals } from "@allot/tensor";
import * as fc from "fast-check";
import { LuDecomposition, Matrix, SVD } from "ml-matrix";
import { expect, test } from "vitest";
import { type Grid, randomGrid } from "./grid.ts";
import { bernoulli } from "./strategies/bernoulli.ts";
import { perCol, perRow } from "./strategies/per-unit.ts";
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
  gradients: () => new Float64Array(rows * columns),
  jacobian: () => [],
});

const maskOf = (grid: Grid, cells: Int32Array): number[][] =>
  Array.from({ length: grid.rows }, (_row, i) => Array.from({ length: grid.columns }, (_column, j) => (cells.includes(i * grid.columns + j) ? 1 : 0)));

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const columnsOf = (mask: number[][]): number[][] => (mask[0] ?? []).map((_, j) => mask.map((cells) => cells[j]!));

test.for<{ name: CountedStrategy; size: [number, number]; count: number; want: string }>([
  { name: "spread", size: [3, 4], count: 5, want: "1001 1100 0010" },
  { name: "spread", size: [4, 3], count: 6, want: "110 011 001 100" },
  { name: "spread", size: [4, 4], count: 6, want: "1100 0110 0010 0001" },
  { name: "uniform", size: [2, 3], count: 2, want: "110 000" },
  { name: "row", size: [3, 4], count: 6, want: "1111 1100 0000" },
  { name: "neuron", size: [3, 4], count: 6, want: "1111 1100 0000" },
  { name: "col", size: [3, 4], count: 5, want: "1100 1100 1000" },
  { name: "block", size: [4, 5], count: 7, want: "11100 11100 10000 00000" },
  { name: "block", size: [2, 6], count: 8, want: "111110 111000" },
  { name: "diag", size: [4, 4], count: 7, want: "1100 1110 0010 0001" },
  { name: "banded", size: [3, 5], count: 9, want: "11100 11100 01110" },
  { name: "lower", size: [3, 4], count: 5, want: "1000 1100 1100" },
  { name: "lower", size: [3, 4], count: 10, want: "1111 1110 1110" },
])("$name without permutations gives $want (vector V4 of studies.md, and c000_subset.py)", ({ name, size: [rows, columns], count, want }) => {
  const grid = unpermuted(rows, columns, count);
  const mask = maskOf(grid, counted[name].cells(grid));
  expect(mask.map((line) => line.join("")).join(" ")).toBe(want);
});

/** Derivatives of `outputs` outputs in each cell; some cells have none, and some have another's. */
const jacobianOf = (cells: number, outputs: number, seed: number): Float64Array[] => {
  const key = seed.toString(16).padStart(16, "0");
  const drawn = (cell: number): Float64Array => (cell % 5 === 4 ? new Float64Array(outputs) : normals(deriveKey(key, `cell ${cell % 7}`), outputs));
  return Array.from({ length: cells }, (_, cell) => drawn(cell));
};

const grids = fc
  .record({
    rows: fc.integer({ min: 1, max: 9 }),
    columns: fc.integer({ min: 1, max: 9 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    outputs: fc.integer({ min: 1, max: 9 }),
    seed: fc.nat(),
  })
  .map(({ rows, columns, share, outputs, seed }): Grid => {
    const key = seed.toString(16).padStart(16, "0");
    const numbers = (prime: number) => (): Float64Array => Float64Array.from({ length: rows * columns }, (_, cell) => ((cell * prime + seed) % 13) - 6);
    const jacobian = (): Float64Array[] => jacobianOf(rows * columns, outputs, seed);
    return randomGrid({ rows, columns, count: Math.round(share * rows * columns), key, values: numbers(7919), gradients: numbers(104729), jacobian });
  });

const names = Object.keys(counted) as CountedStrategy[];

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

test.for(["uniform", "spread", "row", "col", "neuron", "block", "lower", "upper"] as const)(
  "%s depends on the mask stream's key alone: one key gives one mask, and 20 keys give at least 2",
  (name) => {
    const chosen = (key: string): string => [...counted[name].cells(randomGrid({ ...unpermuted(6, 7, 9), key }))].sort((a, b) => a - b).join();
    const keys = Array.from({ length: 20 }, (_, i) => deriveKey("0000000000000000", `${i}`));
    expect(keys.map(chosen)).toEqual(keys.map(chosen));
    expect(new Set(keys.map(chosen)).size).toBeGreaterThan(1);
  },
);

test.for(["diag", "banded", "magnitude", "smallest", "saliency", "rankGreedy"] as const)("%s draws nothing: any key gives the same mask", (name) => {
  fc.assert(
    fc.property(grids, (grid) => {
      expect(counted[name].cells(randomGrid({ ...grid, key: "00000000000000aa" }))).toEqual(counted[name].cells(grid));
    }),
  );
});

test("uniform takes every cell equally often", () => {
  const draws = 3000;
  const taken = new Float64Array(12);
  for (let i = 0; i < draws; i++) {
    for (const cell of counted.uniform.cells(randomGrid({ ...unpermuted(3, 4, 5), key: deriveKey("0000000000000000", `${i}`) })))
      taken[cell] = taken[cell]! + 1;
  }
  // 1,250 ± 5 standard deviations of 27
  for (const times of taken) expect(Math.abs(times - (draws * 5) / 12)).toBeLessThan(135);
});

test("bernoulli takes with a larger fraction all that it takes with a smaller one, nothing with 0 and everything with 1", () => {
  fc.assert(
    fc.property(grids, fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }), (grid, a, b) => {
      const more = new Set(bernoulli(Math.max(a, b))(grid));
      expect([...bernoulli(Math.min(a, b))(grid)].filter((cell) => !more.has(cell))).toEqual([]);
      expect([bernoulli(0)(grid).length, bernoulli(1)(grid).length]).toEqual([0, grid.rows * grid.columns]);
    }),
  );
});

test("perRow and perCol take the same number of distinct cells in every line", () => {
  fc.assert(
    fc.property(grids, fc.nat(9), (grid, wanted) => {
      const [inRow, inColumn] = [Math.min(wanted, grid.columns), Math.min(wanted, grid.rows)];
      const byRow = maskOf(grid, perRow({ ...grid, count: inRow * grid.rows }));
      const byColumn = maskOf(grid, perCol({ ...grid, count: inColumn * grid.columns }));
      expect(byRow.map(sum)).toEqual(byRow.map(() => inRow));
      expect(columnsOf(byColumn).map(sum)).toEqual(columnsOf(byColumn).map(() => inColumn));
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

test("saliency takes the largest products of initial value and gradient", () => {
  fc.assert(
    fc.property(grids, (grid) => {
      const [values, gradients] = [grid.values(), grid.gradients()];
      const size = (cell: number): number => Math.abs(values[cell]! * gradients[cell]!);
      const sorted = Array.from(values, (_, cell) => size(cell)).sort((a, b) => b - a);
      expect(sum(Array.from(counted.saliency.cells(grid), size))).toBe(sum(sorted.slice(0, grid.count)));
    }),
  );
});

/** Of [outputs, cells]. */
const rankOf = (columns: readonly Float64Array[]): number => new SVD(new Matrix(columns.map((column) => Array.from(column))), { autoTranspose: true }).rank;

test("rankGreedy reaches the largest rank that its count, or the whole scope, can have", () => {
  fc.assert(
    fc.property(grids, (grid) => {
      fc.pre(grid.count > 0);
      const all = grid.jacobian();
      const chosen = Array.from(counted.rankGreedy.cells(grid), (cell) => all[cell]!);
      expect(rankOf(chosen)).toBe(Math.min(grid.count, rankOf(all)));
    }),
  );
});

/** log det(λI + J Jᵀ) */
const logDeterminant = (columns: readonly Float64Array[], outputs: number): number => {
  const system = Matrix.eye(outputs, outputs).mul(1e-6);
  for (const column of columns) system.add(Matrix.columnVector(Array.from(column)).mmul(Matrix.rowVector(Array.from(column))));
  return Math.log(new LuDecomposition(system).determinant);
};

test("rankGreedy adds the cell that raises the log-determinant most", () => {
  const all = Array.from({ length: 12 }, (_, cell) => normals(deriveKey("0000000000000000", `cell ${cell}`), 5));
  const grid: Grid = { ...unpermuted(3, 4, 9), jacobian: () => all };
  const order = [...counted.rankGreedy.cells(grid)];
  for (const [k, cell] of order.entries()) {
    const before = order.slice(0, k).map((one) => all[one]!);
    const gain = (one: number): number => logDeterminant([...before, all[one]!], 5);
    const others = all.flatMap((_, one) => (order.slice(0, k).includes(one) ? [] : [gain(one)]));
    expect(gain(cell)).toBeCloseTo(Math.max(...others), 6);
  }
});
