import type { StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { train } from "../testing/studies.ts";

type Allocation = NonNullable<StudyInput["allocation"]>;

const rnn = (o: { n: number; b: number; d: number; steps: number }, allocation: Allocation = {}): StudyInput => ({
  data: { kind: "linearRnnTeacher", steps: o.steps },
  model: { kind: "linearRnn", hidden: o.n, inputs: o.b, outputs: o.d },
  allocation,
  optimizer: { kind: "none" },
  probes: [{ kind: "jacobian" }, { kind: "equations" }],
});

const finalOf = (study: StudyInput): Record<string, number> => train(study, { replicates: 1 }).finals[0]!;

test.for([
  [4, 1, 1, 8],
  [5, 2, 1, 15],
  [5, 2, 2, 20],
  [6, 1, 3, 24],
] as const)("A0: all weights of a linear RNN n=%d, b=%d, d=%d reach %d directions: n(b + d)", ([n, b, d, rank]) => {
  const final = finalOf(rnn({ n, b, d, steps: 2 * n }));
  expect(final["jacobian.rank"]).toBe(rank);
  expect(final["equations.independent"]).toBe(rank);
  expect(final["equations.satisfiable"]).toBe(1);
});

const shape = { n: 6, b: 2, d: 2, steps: 5 };

test("the decoder alone makes every equation linear, and rows of it reach fewer directions than the teacher has", () => {
  const spread = finalOf(rnn(shape, { "{input,recurrent}": { strategy: "frozen" }, output: { strategy: "full" } }));
  expect(spread).toMatchObject({ "equations.total": 20, "equations.linear": 20, "equations.nonlinear": 0, "equations.fixed": 0 });
  const row = finalOf(rnn(shape, { "{input,recurrent}": { strategy: "frozen" }, output: { strategy: "row", count: 6 } }));
  expect(row).toMatchObject({ "equations.fixed": 10, "equations.linear": 10, "equations.satisfiable": 0, "jacobian.rank": 6 });
});

test("W alone leaves M_0 = D B where it is, moves M_1 in a straight line, and can match no teacher", () => {
  const final = finalOf(rnn(shape, { "{input,output}": { strategy: "frozen" }, recurrent: { strategy: "full" } }));
  expect(final).toMatchObject({ "equations.fixed": 4, "equations.linear": 4, "equations.nonlinear": 12, "equations.satisfiable": 0 });
});

test("probes of the start leave the training's bits as they are", () => {
  const study: StudyInput = { ...rnn(shape, { output: { strategy: "uniform", count: 5 } }), optimizer: { kind: "adam", learningRate: 0.01, steps: 20 } };
  const { probes: _, ...plain } = study;
  expect(finalOf(study)).toMatchObject(finalOf(plain));
});
