import { describe, expect, test } from "vitest";
import type { Tensor } from "./program.ts";
import { type Tracer, trace } from "./trace.ts";

const build = (f: (t: Tracer) => Tensor) => () => trace((t) => ({ out: f(t) }));

const s = (t: Tracer, ...shape: number[]): Tensor => t.state(`s${shape.join("x")}`, shape);
const labels = (t: Tracer, n: number): Tensor => t.stream("labels", [n]);

describe("shapes that do not fit are refused, naming operation and shapes", () => {
  const table: Record<string, { f: (t: Tracer) => Tensor; want: string }> = {
    "a product of the wrong inner extents": {
      f: (t) => t.matmul(s(t, 2, 3), s(t, 4, 5)),
      want: "matmul: 3 columns do not meet 4 rows; shapes [2, 3] and [4, 5]",
    },
    "a product that fits only without its transposition": {
      f: (t) => t.matmul(s(t, 2, 3), s(t, 3, 5), { transposeA: true }),
      want: "matmul: 2 columns do not meet 3 rows after transposition; shapes [2, 3] and [3, 5]",
    },
    "a product with a vector": { f: (t) => t.matmul(s(t, 2, 3), s(t, 3)), want: "matmul: both operands must be matrices; shapes [2, 3] and [3]" },
    "a sum of shapes that do not broadcast": {
      f: (t) => t.add(s(t, 2, 3), s(t, 2)),
      want: "add: shapes [2, 3] and [2] do not broadcast: 3 against 2 elements",
    },
    "an axis that is not there": { f: (t) => t.sum(s(t, 2, 3), [2]), want: "sum: axes [2] are not distinct axes of shape [2, 3]" },
    "an axis named twice": { f: (t) => t.mean(s(t, 2, 3), [1, 1]), want: "sum: axes [1, 1] are not distinct axes of shape [2, 3]" },
    "a reshape to another size": { f: (t) => t.reshape(s(t, 2, 3), [5]), want: "reshape: [5] has another number of elements; shapes [2, 3]" },
    "an extent of zero": { f: (t) => t.fill(1, [2, 0]), want: "fill: shape [2, 0] must hold positive integers" },
    "a transposed vector": { f: (t) => t.transpose(s(t, 3)), want: "transpose: the operand must be a matrix; shapes [3]" },
    "a slice beyond the end": {
      f: (t) => t.slice(s(t, 2, 3), { axis: 1, start: 1, size: 3 }),
      want: "slice: 3 elements from 1 are not within the 3 of axis 1; shapes [2, 3]",
    },
    "a concatenation of different rows": {
      f: (t) => t.concat([s(t, 2, 3), s(t, 3, 3)], 1),
      want: "concat: extents beside axis 1 differ; shapes [2, 3] and [3, 3]",
    },
    "a concatenation of nothing": { f: (t) => t.concat([], 0), want: "concat: there is nothing to join" },
    "a gather by floats": { f: (t) => t.gather(s(t, 2, 3), s(t, 2)), want: "gather: the second operand must be a list of indexes; shapes [2, 3] and [2]" },
    "arithmetic on indexes": { f: (t) => t.add(labels(t, 3), s(t, 3)), want: "add: operand 1 must hold floats; shapes [3] (index) and [3]" },
    "labels of another length": {
      f: (t) => t.crossEntropy(s(t, 4, 3), labels(t, 3)),
      want: "crossEntropy: labels must be 4 indexes; shapes [4, 3] and [3] (index)",
    },
    "a slot declared with two shapes": {
      f: (t) => t.add(t.state("w", [2]), t.state("w", [3])),
      want: "state w: declared with shape [3], but as state with shape [2] before",
    },
    "a slot declared as two kinds": {
      f: (t) => t.add(t.state("w", [2]), t.constant("w", [2])),
      want: "constant w: declared with shape [2], but as state with shape [2] before",
    },
    "scalars of the wrong number": {
      f: (t) => {
        t.sgd(s(t, 2), s(t, 2), t.scalars("lr", 1));
        return s(t, 2);
      },
      want: "sgd: scalars have shape [1] instead of [2]",
    },
    "an update of another shape": {
      f: (t) => {
        t.assign(s(t, 2), s(t, 3));
        return s(t, 2);
      },
      want: "assign: state s2 has shape [2], its value [3]",
    },
  };
  test.each(Object.entries(table))("%s", (_, { f, want }) => {
    expect(build(f)).toThrow(want);
    expect(build(f)).toThrow(expect.objectContaining({ name: "ShapeError" }));
  });
});

describe("programs that can not be", () => {
  const table: Record<string, { f: (t: Tracer) => Tensor; want: string }> = {
    "writing what is no state": {
      f: (t) => {
        t.assign(t.constant("c", [2]), t.state("s", [2]));
        return t.state("s", [2]);
      },
      want: "assign: only states can be written, not the result of constant",
    },
    "writing a state twice": {
      f: (t) => {
        t.assign(t.state("s", [2]), t.fill(1, [2]));
        t.assign(t.state("s", [2]), t.fill(2, [2]));
        return t.state("s", [2]);
      },
      want: "assign: state s is written twice",
    },
    "an output of indexes": { f: (t) => t.stream("order", [2]), want: "output out: indexes can not be outputs" },
    "the gradient of a count of hits": {
      f: (t) => {
        const logits = t.state("logits", [2, 3]);
        return t.gradients(t.sum(t.correct(logits, t.stream("labels", [2]))), [logits])[0]!;
      },
      want: "correct is not differentiable",
    },
  };
  test.each(Object.entries(table))("%s", (_, { f, want }) => {
    expect(build(f)).toThrow(want);
    expect(build(f)).toThrow(expect.objectContaining({ name: "ProgramError" }));
  });

  test("mixing tensors of two programs", () => {
    let foreign: Tensor | undefined;
    trace((t) => {
      t.fill(0, [1]);
      foreign = t.fill(1, [2]);
      return {};
    });
    expect(build((t) => t.exp(foreign!))).toThrow("exp: a tensor of another program was given");
  });
});
