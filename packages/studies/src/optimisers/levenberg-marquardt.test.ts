import type { StudyInput } from "@allot/spec";
import { Matrix } from "ml-matrix";
import { expect, test } from "vitest";
import { mean, train } from "../testing/studies.ts";
import { levenbergMarquardt } from "./levenberg-marquardt.ts";

test("Rosenbrock's valley is followed to its end", () => {
  const memory = Float64Array.of(-1.2, 1);
  const residual = (): Float64Array => Float64Array.of(10 * (memory[1]! - memory[0]! ** 2), 1 - memory[0]!);
  const jacobian = (): Matrix =>
    new Matrix([
      [-20 * memory[0]!, 10],
      [-1, 0],
    ]);
  levenbergMarquardt({ free: [{ memory, positions: Int32Array.of(0, 1) }], residual, jacobian }, { iterations: 100 });
  expect(Math.abs(memory[0]! - 1)).toBeLessThan(1e-12);
  expect(Math.abs(memory[1]! - 1)).toBeLessThan(1e-12);
});

test("scalars that are not trained stay, and none is no mistake", () => {
  const memory = Float64Array.of(3, 5);
  const residual = (): Float64Array => Float64Array.of(memory[0]! - 1);
  levenbergMarquardt({ free: [{ memory, positions: Int32Array.of(0) }], residual, jacobian: () => new Matrix([[1]]) }, { iterations: 50 });
  expect(memory[0]).toBeCloseTo(1, 12);
  expect(memory[1]).toBe(5);
  levenbergMarquardt({ free: [], residual, jacobian: () => new Matrix(0, 0) }, { iterations: 50 });
});

const whole: StudyInput = {
  data: { kind: "linearRnnTeacher", steps: 8 },
  model: { kind: "linearRnn", hidden: 6, inputs: 1, outputs: 1 },
  objective: { matchBelow: 1e-10 },
  optimizer: { kind: "levenbergMarquardt" },
  dtype: "f64",
};

test("a linear RNN whose weights all learn matches most teachers, and W alone none", () => {
  const all = train(whole, { replicates: 6 }).finals;
  expect(mean(all.map((final) => final["match"]!))).toBeGreaterThan(0.6);
  const alone = train({ ...whole, allocation: { "{input,output}": { strategy: "frozen" } } }, { replicates: 4 }).finals;
  expect(alone.map((final) => final["match"])).toEqual([0, 0, 0, 0]);
  for (const final of [...all, ...alone]) expect(final["train.nmse"]).toBeLessThan(2);
});

test("one row of W is solvable: its equations are linear by Sherman and Morrison (studies.md 1a, fact 5)", () => {
  const row: StudyInput = {
    ...whole,
    data: { kind: "linearRnnTeacher", steps: 7, shared: ["input", "output"] },
    allocation: { "{input,output}": { strategy: "frozen" }, recurrent: { strategy: "row", count: 6 } },
    probes: [{ kind: "equations" }, { kind: "jacobian" }],
  };
  const { finals } = train(row, { replicates: 12 });
  for (const final of finals) expect(final).toMatchObject({ "equations.total": 7, "equations.fixed": 1, "jacobian.rank": 6 });
  expect(mean(finals.map((final) => final["match"]!))).toBeGreaterThan(0.5);
});
