import * as fc from "fast-check";
import { expect, test } from "vitest";
import { StudyError } from "../errors.ts";
import { solveLeastSquares } from "./least-squares.ts";

const all = (memory: Float64Array) => ({ memory, positions: Int32Array.from(memory.keys()) });

test("a square system is solved exactly", () => {
  const x = Float64Array.from([5, 5]);
  solveLeastSquares([all(x)], () => Float64Array.from([2 * x[0]! + x[1]! - 3, x[0]! - x[1]!]));
  expect(x[0]).toBeCloseTo(1, 12);
  expect(x[1]).toBeCloseTo(1, 12);
});

test("of many solutions it takes the one nearest to where it starts", () => {
  const x = Float64Array.from([3, 1]);
  solveLeastSquares([all(x)], () => Float64Array.from([x[0]! + x[1]! - 2]));
  expect(x[0]).toBeCloseTo(2, 12);
  expect(x[1]).toBeCloseTo(0, 12);
});

test("only the given positions of several memories move", () => {
  const [a, b] = [Float64Array.from([7, 0]), Float64Array.from([0, 7])];
  solveLeastSquares(
    [
      { memory: a, positions: Int32Array.from([1]) },
      { memory: b, positions: Int32Array.from([0]) },
    ],
    () => Float64Array.from([a[0]! + a[1]! - 10, b[0]! * 2 + b[1]! - 11]),
  );
  expect(a[0]).toBe(7);
  expect(a[1]).toBeCloseTo(3, 12);
  expect(b[0]).toBeCloseTo(2, 12);
  expect(b[1]).toBe(7);
});

test("at the solution no move lowers the sum of squares", () => {
  const entry = fc.integer({ min: -16, max: 16 }).map((n) => n / 8);
  const system = fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 })).chain(([rows, columns]) =>
    fc.record({
      columns: fc.constant(columns),
      matrix: fc.array(entry, { minLength: rows * columns, maxLength: rows * columns }),
      right: fc.array(entry, { minLength: rows, maxLength: rows }),
    }),
  );
  fc.assert(
    fc.property(system, ({ columns, matrix, right }) => {
      const x = new Float64Array(columns);
      const residual = (): Float64Array => Float64Array.from(right, (value, i) => x.reduce((sum, xj, j) => sum + matrix[i * columns + j]! * xj, -value));
      const squares = (): number => residual().reduce((sum, r) => sum + r * r, 0);
      solveLeastSquares([all(x)], residual);
      const best = squares();
      for (let j = 0; j < columns; j++) {
        for (const step of [-0.01, 0.01]) {
          x[j] = x[j]! + step;
          expect(squares()).toBeGreaterThanOrEqual(best - 1e-6);
          x[j] = x[j]! - step;
        }
      }
    }),
  );
});

test("outputs that are not linear in what is trained are refused", () => {
  const x = Float64Array.from([0.5, 2]);
  expect(() => solveLeastSquares([all(x)], () => Float64Array.from([x[0]! * x[1]! - 3]))).toThrow(StudyError);
});

test("a system too large for one dense solve is refused", () => {
  const x = new Float64Array(2000);
  expect(() => solveLeastSquares([all(x)], () => new Float64Array(6000))).toThrow(/6000 equations for 2000 scalars/);
});
