import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { singularValues } from "../matrices/singular-values.ts";
import { setupOf } from "../testing/studies.ts";
import { describeSplit } from "./load.ts";
import { drawCompletion, type LowRankMatrix } from "./low-rank-matrix.ts";

const data = (more: Partial<LowRankMatrix>): LowRankMatrix => ({ kind: "lowRankMatrix", rows: 12, rank: 3, observed: 1, ...more });

test.for<{ says: string; more: Partial<LowRankMatrix>; columns: number }>([
  { says: "square", more: {}, columns: 12 },
  { says: "wide", more: { columns: 20 }, columns: 20 },
  { says: "tall", more: { columns: 5 }, columns: 5 },
])("a $says matrix has the rank asked for, and the largest singular values of the one of full rank", ({ more, columns }) => {
  const values = (rank: number): number[] =>
    singularValues(Matrix.from1DArray(columns, 12, drawCompletion(data({ ...more, rank }), "00000000000000dd").targets));
  const [low, whole] = [values(3), values(5)];
  for (const i of [0, 1, 2]) expect(low[i]).toBeCloseTo(whole[i]!, 10);
  for (const value of low.slice(3)) expect(value).toBeLessThan(1e-12);
  expect(whole[4]).toBeGreaterThan(0.1);
});

test("as many entries are known as asked for, other ones with another key, and the matrix does not depend on how many", () => {
  const [some, more, others] = [
    drawCompletion(data({ observed: 0.3 }), "00000000000000dd"),
    drawCompletion(data({ observed: 0.5 }), "00000000000000dd"),
    drawCompletion(data({ observed: 0.3 }), "00000000000000de"),
  ];
  const known = ({ known: entries }: typeof some): number => entries.reduce((sum, one) => sum + one, 0);
  expect([some, more, others].map(known)).toEqual([43, 72, 43]);
  expect(some.known).not.toEqual(others.known);
  expect(some.known.every((one, at) => one <= more.known[at]!)).toBe(true);
  expect(some.targets).toEqual(more.targets);
});

const described = (observed: number) =>
  describeSplit(setupOf({ data: data({ observed, columns: 9 }), model: { kind: "deepLinear" }, optimizer: { kind: "none" } }).study, {});

test("a split says what tests", () => {
  expect([described(1), described(0.5)].map(({ train, validation, test: tests }) => [train, validation, tests])).toEqual([
    [9, 0, 0],
    [9, 0, 9],
  ]);
  expect(described(0.5).note).toMatch(/known train, and the others test/);
});
