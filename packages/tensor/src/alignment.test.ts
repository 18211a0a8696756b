import { describe, expect, test } from "vitest";
import { centred, centredGram, linearCka } from "./alignment.ts";
import { flops } from "./flops.ts";
import { normals } from "./random.ts";
import { createSession, type EngineName, type Session } from "./session.ts";
import { simplify } from "./simplify/simplify.ts";
import { trace } from "./trace.ts";

/** 1 − CKA of activations x [n, p] with those of a frozen guide, and its gradient. */
function guided(n: number, p: number, q: number) {
  return trace((t) => {
    const x = t.state("x", [n, p]);
    const guide = centredGram(t, t.constant("guide", [n, q]));
    const loss = t.affine(linearCka(t, centredGram(t, x), guide), -1, 1);
    return { loss, gradient: t.gradients(loss, [x])[0]! };
  });
}

function run(engine: EngineName, program: ReturnType<typeof trace>, slots: Record<string, ArrayLike<number>>): Session {
  const session = createSession({ engine, programs: { program }, trials: 1 });
  for (const [name, values] of Object.entries(slots)) session.view(name, 0).set(values);
  session.run("program", 0);
  return session;
}

const x = [1, 2, 3, -1, 0, 1, 2, 2];
const y = [1, 0, 2, 0, 1, 1, 3, -1, 0, 1, 1, 1];
/** numpy, float64: ∂(1 − CKA)/∂x of four rows of two. */
const gradientOfNumpy = [-0.1114259084, 0.0835694311, -0.0417847156, -0.1392823855, 0.2646365324, -0.0417847157, -0.1114259084, 0.0974976698];

describe.each([
  ["reference", 1e-9],
  ["wasm", 2e-6],
] as const)("linear CKA on %s", (engine, tolerance) => {
  test("and its gradient are those of numpy", () => {
    const session = run(engine, guided(4, 2, 3), { x, guide: y });
    expect(Math.abs(1 - session.view("program/loss", 0)[0]! - 0.5501654227022675)).toBeLessThan(tolerance);
    session.view("program/gradient", 0).forEach((value, i) => expect(Math.abs(value - gradientOfNumpy[i]!)).toBeLessThan(tolerance));
  });

  test("is 1 for a rotated and scaled representation, with no gradient", () => {
    const [c, s] = [3 * Math.cos(0.7), 3 * Math.sin(0.7)];
    const rotated = x.map((value, i) => (i % 2 === 0 ? c * value - s * x[i + 1]! : s * x[i - 1]! + c * value));
    const session = run(engine, guided(4, 2, 2), { x, guide: rotated });
    expect(Math.abs(session.view("program/loss", 0)[0]!)).toBeLessThan(tolerance);
    session.view("program/gradient", 0).forEach((value) => expect(Math.abs(value)).toBeLessThan(tolerance));
  });

  test("takes a Gram matrix that was made elsewhere", () => {
    const program = trace((t) => ({ cka: linearCka(t, centredGram(t, t.state("x", [2, 2, 2, 1])), centred(t, t.state("k", [2, 2]))) }));
    const session = run(engine, program, { x, k: [5, 1, 1, 2] });
    expect(Math.abs(session.view("program/cka", 0)[0]! - 1)).toBeLessThan(tolerance); // two rows always align
  });
});

describe("Gram matrices", () => {
  test("have the bits of the product of a matrix with its transpose, at any size", () => {
    for (const [n, k] of [
      [1, 5],
      [3, 9],
      [8, 8],
      [13, 40],
      [37, 131],
      [130, 333],
    ] as const) {
      const program = trace((t) => {
        const a = t.state("a", [n, k]);
        const b = t.state("b", [k, n]);
        return { gram: t.gram(a), product: t.matmul(a, a, { transposeB: true }), columns: t.gram(t.transpose(b)), both: t.matmul(b, b, { transposeA: true }) };
      });
      const session = run("wasm", program, { a: normals("0000000000000a11", n * k), b: normals("0000000000000a12", n * k) });
      expect(session.view("program/gram", 0)).toEqual(session.view("program/product", 0));
      expect(session.view("program/columns", 0)).toEqual(session.view("program/both", 0));
    }
  });

  test("cost half a product, and their gradient one", () => {
    const [n, p, q] = [16, 8, 4];
    expect(flops(guided(n, p, q))).toBe(n * (n + 1) * p + 2 * n * n * p);
    const transposed = simplify(guided(n, p, q)).nodes.filter(({ operation }) => operation.op === "transpose");
    expect(transposed).toEqual([]); // the gradient with respect to a Gram matrix is seen to be symmetric
  });
});

test("a representation that is the same for every row is like no other, and is left where it is", () => {
  for (const engine of ["reference", "wasm"] as const) {
    const session = run(engine, guided(4, 2, 3), { x: Array.from({ length: 8 }, () => 0.5), guide: y });
    expect(session.view("program/loss", 0)[0]).toBe(1);
    expect(Array.from(session.view("program/gradient", 0)).every((value) => value === 0)).toBe(true);
  }
});
