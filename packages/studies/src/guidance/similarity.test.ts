import { createSession, type EngineName, normals, trace } from "@allot/tensor";
import { expect, test } from "vitest";
import { mean } from "../testing/studies.ts";
import { type Similarity, similarities } from "./similarity.ts";

/** 1 − similarity of x [n, p] to a guide's y [n, q], and its gradient in x. */
const distance = (similarity: Similarity, o: { x: ArrayLike<number>; y: ArrayLike<number>; rows: number; engine?: EngineName }) => {
  const program = trace((t) => {
    const x = t.state("x", [o.rows, o.x.length / o.rows]);
    const guide = similarity.between(t, t.constant("y", [o.rows, o.y.length / o.rows]));
    const loss = t.affine(similarity.of(t, similarity.between(t, x), guide), -1, 1);
    return { loss, gradient: t.gradients(loss, [x])[0]! };
  });
  const session = createSession({ engine: o.engine ?? "reference", programs: { program }, trials: 1 });
  session.view("x", 0).set(o.x);
  session.view("y", 0).set(o.y);
  session.run("program", 0);
  const [loss, gradient] = [session.view("program/loss", 0)[0]!, Array.from(session.view("program/gradient", 0))];
  session.close();
  return { loss, gradient };
};

const rows = 12;
const x = normals("00000000000000c1", rows * 5);
const y = normals("00000000000000c2", rows * 7);

/** Row after row turned in its first two coordinates and scaled: every distance and inner product times 9. */
const turned = x.map((value, at) => {
  const [c, s] = [3 * Math.cos(0.7), 3 * Math.sin(0.7)];
  if (at % 5 === 0) return c * value - s * x[at + 1]!;
  return at % 5 === 1 ? s * x[at - 1]! + c * value : 3 * value;
});

const each = Object.entries(similarities).map(([name, similarity]) => ({ name, similarity }));

test.for(each)("$name is 1 of a representation with itself, turned and scaled, and less with another", ({ similarity }) => {
  expect(Math.abs(distance(similarity, { x, y: x, rows }).loss)).toBeLessThan(1e-12);
  expect(Math.abs(distance(similarity, { x, y: turned, rows }).loss)).toBeLessThan(1e-12);
  expect(Math.abs(distance(similarity, { x, y: turned, rows, engine: "wasm" }).loss)).toBeLessThan(1e-6);
  expect(distance(similarity, { x, y, rows }).loss).toBeGreaterThan(0.1);
});

test.for(each)("the gradient of $name is that of finite differences", ({ similarity }) => {
  const { gradient } = distance(similarity, { x, y, rows });
  const moved = (at: number, by: number): number => distance(similarity, { x: x.with(at, x[at]! + by), y, rows }).loss;
  for (const [at, value] of gradient.entries()) expect(Math.abs((moved(at, 1e-5) - moved(at, -1e-5)) / 2e-5 - value)).toBeLessThan(1e-8);
  const single = distance(similarity, { x, y, rows, engine: "wasm" }).gradient;
  for (const [at, value] of gradient.entries()) expect(Math.abs(single[at]! - value)).toBeLessThan(1e-5);
});

test("V1: CKA of numpy's example and its gradient", () => {
  const { loss, gradient } = distance(similarities.centredKernelAlignment, {
    x: [1, 2, 3, -1, 0, 1, 2, 2],
    y: [1, 0, 2, 0, 1, 1, 3, -1, 0, 1, 1, 1],
    rows: 4,
  });
  expect(1 - loss).toBeCloseTo(0.5501654227022675, 12);
  const want = [-0.1114259084, 0.0835694311, -0.0417847156, -0.1392823855, 0.2646365324, -0.0417847157, -0.1114259084, 0.0974976698];
  for (const [at, value] of want.entries()) expect(gradient[at]).toBeCloseTo(value, 9);
});

/** Sum of products of what two lists have above their means. */
const product = (a: number[], b: number[]): number => a.reduce((sum, value, i) => sum + (value - mean(a)) * (b[i]! - mean(b)), 0);

test("representational similarity is Pearson's correlation of the distances of all pairs", () => {
  const distances = (values: Float64Array): number[] => {
    const width = values.length / rows;
    const row = (i: number) => values.subarray(i * width, (i + 1) * width);
    return Array.from({ length: rows }, (_, i) => i).flatMap((i) =>
      Array.from({ length: i }, (_, j) => row(i).reduce((sum, value, k) => sum + (value - row(j)[k]!) ** 2, 0)),
    );
  };
  const [d, e] = [distances(x), distances(y)];
  const correlation = product(d, e) / Math.sqrt(product(d, d) * product(e, e));
  expect(1 - distance(similarities.representationalSimilarity, { x, y, rows }).loss).toBeCloseTo(correlation, 12);
});
