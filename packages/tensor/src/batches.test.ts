import { expect, test } from "vitest";
import { normals } from "./random.ts";
import { createSession, type Engine } from "./session.ts";
import { ShapeError } from "./shape.ts";
import { tensorFlow } from "./testing/tensorflow.ts";
import { trace } from "./trace.ts";

const engines: readonly (readonly [string, Engine])[] = [
  ["reference", "reference"],
  ["wasm", "wasm"],
  ["tfjs", await tensorFlow()],
];

const [batch, rows, width] = [3, 5, 7];

/** Matrices that are columns of larger ones, as a head's keys are, by transposed others. */
const heads = trace((t) => {
  const all = t.reshape(t.constant("x", [batch * rows, 2 * width]), [batch, rows, 2 * width]);
  const [left, right] = [0, width].map((start) => t.slice(all, { axis: 2, start, size: width }));
  const whole = t.state("y", [batch, rows, rows]);
  return { scores: t.batchMatmul(left!, right!, { transposeB: true }), mixed: t.batchMatmul(whole, left!, { transposeA: true }) };
});

const sum = (terms: number, term: (k: number) => number): number => [...Array(terms).keys()].reduce((total, k) => total + term(k), 0);

test.each(engines)("on %s, a batch of products is each of them, also of matrices that lie within larger ones", (_, engine) => {
  const session = createSession({ engine, programs: { heads }, trials: 1 });
  const [x, y] = [normals("00000000000000aa", batch * rows * 2 * width), normals("00000000000000bb", batch * rows * rows)];
  session.view("x", 0).set(x);
  session.view("y", 0).set(y);
  session.invalidate();
  session.run("heads", 0);
  const at = (b: number, row: number, column: number): number => x[(b * rows + row) * 2 * width + column]!;
  for (let b = 0; b < batch; b++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < rows; j++)
        expect(session.view("heads/scores", 0)[(b * rows + i) * rows + j]).toBeCloseTo(
          sum(width, (k) => at(b, i, k) * at(b, j, width + k)),
          4,
        );
      for (let j = 0; j < width; j++)
        expect(session.view("heads/mixed", 0)[(b * rows + i) * width + j]).toBeCloseTo(
          sum(rows, (k) => y[(b * rows + k) * rows + i]! * at(b, k, j)),
          4,
        );
    }
  }
  session.close();
});

/** Rows of tokens by a stream, then what a table holds for each of them. */
const lookUp = trace((t) => {
  const tokens = t.gather(t.constant("tokens", [4, 3], "index"), t.stream("order", [2])); // [2, 3]
  return { found: t.gather(t.state("table", [6, 2]), t.reshape(tokens, [6])) };
});

test.each(engines)("on %s, a table of indexes may have columns", (_, engine) => {
  const session = createSession({ engine, programs: { lookUp }, trials: 1, streams: { order: 4 } });
  session.view("tokens", 0).set([5, 4, 3, 2, 1, 0, 0, 2, 4, 1, 3, 5]);
  session.view("table", 0).set([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5]);
  session.view("order", 0).set([1, 3, 0, 2]);
  session.invalidate();
  session.run("lookUp", 0, 2);
  expect([...session.view("lookUp/found", 0)]).toEqual([5, 5.5, 4, 4.5, 3, 3.5, 0, 0.5, 2, 2.5, 4, 4.5]);
  session.close();
});

test("matrices in unequal numbers, and a triangle of what is no square, are refused with their shapes", () => {
  expect(() => trace((t) => ({ y: t.batchMatmul(t.state("a", [2, 3, 4]), t.state("b", [3, 4, 5])) }))).toThrow(ShapeError);
  expect(() => trace((t) => ({ y: t.batchMatmul(t.state("a", [2, 3, 4]), t.state("b", [2, 3, 5])) }))).toThrow("4 columns do not meet 3 rows");
  expect(() => trace((t) => ({ y: t.softmax(t.state("x", [2, 3]), { causal: true }) }))).toThrow("causal rows are those of square matrices; shapes [2, 3]");
});
