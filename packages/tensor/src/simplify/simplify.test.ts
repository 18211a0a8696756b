import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { flops } from "../flops.ts";
import type { KernelFactory } from "../kernels.ts";
import { plan } from "../plan/plan.ts";
import type { OpName, Program, Tensor } from "../program.ts";
import { deriveKey, type Key, normals } from "../random.ts";
import { referenceKernels } from "../reference/index.ts";
import { openSession, type Session } from "../session.ts";
import { counting } from "../testing/counting-kernels.ts";
import { choices, randomProgram, randomSlots } from "../testing/random-programs.ts";
import { type Tracer, trace } from "../trace.ts";
import { simplify } from "./simplify.ts";

const key = (seed: string): Key => seed.padStart(16, "0");

function open(program: Program, factory: KernelFactory = referenceKernels, streams: Record<string, number> = {}): Session {
  return openSession(plan({ programs: { program }, trials: 1, streams, floatBytes: 8 }), { trials: 1, factory });
}

/** Everything a program leaves behind after two runs. */
function results(program: Program): Record<string, number[]> {
  const session = open(program, referenceKernels, { order: 8 });
  const has = new Set(program.nodes.flatMap(({ operation }) => ("name" in operation ? [operation.name] : [])));
  for (const [name, elements] of Object.entries(randomSlots)) if (has.has(name)) session.view(name, 0).set(normals(deriveKey(key("0"), name), elements));
  if (has.has("order")) session.view("order", 0).set([3, 0, 8, 8, 1, 5, 2, 0]);
  session.run("program", 0, 0);
  session.run("program", 0, 4 * Number(has.has("order")));
  const slots = [...Object.keys(program.outputs).map((name) => `program/${name}`), "bias", "weights"];
  return Object.fromEntries(slots.map((slot) => [slot, [...session.view(slot, 0)]]));
}

describe("a simplified program has the results of the traced one", () => {
  test("random programs", () => {
    fc.assert(
      fc.property(choices, (list) => {
        const program = randomProgram(list);
        const simplified = simplify(program);
        const [wanted, got] = [results(program), results(simplified)];
        for (const [slot, values] of Object.entries(wanted)) {
          values.forEach((value, i) => expect(Math.abs(got[slot]![i]! - value), `${slot} ${i}`).toBeLessThan(1e-10 * (1 + Math.abs(value))));
        }
      }),
      { numRuns: 400, seed: 1 },
    );
  });

  test("simplifying twice changes nothing", () => {
    fc.assert(
      fc.property(choices, (list) => {
        const once = simplify(randomProgram(list));
        expect(simplify(once).nodes.length).toBeLessThanOrEqual(once.nodes.length);
      }),
      { numRuns: 100, seed: 2 },
    );
  });
});

const square = (t: Tracer, name = "x"): Tensor => t.state(name, [3, 3]);

const operationsOf = (build: (t: Tracer) => Tensor): OpName[] =>
  simplify(trace((t) => ({ out: build(t) })))
    .nodes.map(({ operation }) => operation.op)
    .filter((op) => op !== "state" && op !== "constant" && op !== "shared" && op !== "stream");

describe("what simplification removes", () => {
  const table: Record<string, { build: (t: Tracer) => Tensor; want: OpName[] }> = {
    "constants are folded": { build: (t) => t.exp(t.add(t.fill(1, [2]), t.fill(-1, [1]))), want: ["fill"] },
    "equal subexpressions are one": { build: (t) => t.mul(t.exp(square(t)), t.tanh(t.exp(square(t)))), want: ["exp", "tanh", "mul"] },
    "affine chains are one": { build: (t) => t.affine(t.neg(t.affine(square(t), 2, 1)), 3, 1), want: ["affine"] },
    "an identity vanishes": { build: (t) => t.exp(t.affine(t.mul(square(t), t.fill(1, [])), 1, 0)), want: ["exp"] },
    "transposes fold into products": { build: (t) => t.matmul(t.transpose(square(t)), t.transpose(square(t, "y"))), want: ["matmul"] },
    "two transposes cancel": { build: (t) => t.exp(t.transpose(t.transpose(square(t)))), want: ["exp"] },
    "adding a negative is subtracting": { build: (t) => t.add(square(t), t.neg(square(t, "y"))), want: ["sub"] },
    "adding a product accumulates": { build: (t) => t.add(t.tanh(square(t)), t.matmul(square(t), square(t))), want: ["tanh", "matmulAdd"] },
    "a bias is added with the product": { build: (t) => t.add(t.matmul(square(t), square(t)), t.state("b", [3])), want: ["matmulAdd"] },
    "a bias of a convolution too": {
      build: (t) => t.add(t.conv(t.state("image", [2, 4, 4, 1]), t.state("w", [2, 2, 1, 5])), t.state("b", [5])),
      want: ["patches", "reshape", "reshape", "matmulAdd", "reshape"],
    },
    "a column is not": { build: (t) => t.add(t.matmul(square(t), square(t)), t.state("b", [3, 1])), want: ["matmul", "add"] },
    "a product used again is not added in place": {
      build: (t) => t.mul(t.add(square(t), t.matmul(square(t), square(t))), t.tanh(t.matmul(square(t), square(t)))),
      want: ["matmul", "add", "tanh", "mul"],
    },
    "the gradient of relu needs no step": { build: (t) => t.gradients(t.sum(t.square(t.relu(square(t)))), [square(t)])[0]!, want: ["relu", "affine", "gate"] },
    "a product with zeros is zeros": { build: (t) => t.tanh(t.add(t.matmul(t.fill(0, [3, 3]), square(t)), square(t))), want: ["tanh"] },
    "functions go below broadcasts": {
      build: (t) => t.matmul(square(t), t.exp(t.mul(t.state("s", []), t.fill(2, [3, 3])))),
      want: ["affine", "exp", "broadcast", "matmul"],
    },
  };
  test.each(Object.entries(table))("%s", (_, { build, want }) => {
    expect(operationsOf(build).sort()).toEqual([...want].sort());
  });

  test("a slice of a slice is one, of the rows it would take", () => {
    const program = trace((t) => ({ out: t.slice(t.slice(square(t), { axis: 0, start: 1, size: 2 }), { axis: 0, start: 1, size: 1 }) }));
    const slices = simplify(program).nodes.map(({ operation }) => operation);
    expect(slices).toEqual([expect.objectContaining({ op: "state" }), { op: "slice", axis: 0, start: 2, size: 1 }]);
  });

  test("the gradient with respect to a constant is not computed", () => {
    const program = trace((t) => {
      const [x, frozen, w] = [t.shared("x", [8, 5]), t.constant("frozen", [5, 4]), t.state("w", [4, 3])];
      const loss = t.sum(t.square(t.matmul(t.tanh(t.matmul(x, frozen)), w)));
      return { g: t.gradients(loss, [w])[0]! };
    });
    // Of the three products only two depend on what changes: h·w and hᵀ·g.
    expect(flops(program)).toBe(2 * (2 * 8 * 4 * 3));
  });
});

function runHalfLayer(session: Session): number[] {
  session.run("program", 0, 0);
  return [...session.view("program/out", 0)];
}

function fillHalfLayer(session: Session, seed: string): void {
  session.view("images", 0).set(normals(key("1"), 240));
  session.view("R", 0).set(normals(key(seed), 72));
  session.view("gain", 0).fill(1);
}

describe("what does not change from step to step is computed once", () => {
  // A half-trained layer: fixed R over normalised images, trained bias and gain, batches by index.
  const halfLayer = trace((t) => {
    const x = t.gather(t.shared("images", [20, 12]), t.stream("order", [4])); // [4, 12]
    const fixed = t.matmul(t.affine(x, 0.5, -0.25), t.constant("R", [6, 12]), { transposeB: true }); // [4, 6]
    const out = t.relu(t.add(t.mul(fixed, t.state("gain", [6])), t.state("bias", [6])));
    return { out };
  });

  test("X·Rᵀ is one product per trial, and none at any step", () => {
    const { factory, calls } = counting();
    const session = open(simplify(halfLayer), factory, { order: 20 });
    session.view("images", 0).set(normals(key("1"), 240));
    session.view("R", 0).set(normals(key("2"), 72));
    session.run("program", 0, 0);
    expect(calls()).toEqual({ affine: 1, matmul: 1, gather: 1, mul: 1, add: 1, relu: 1 });
    session.run("program", 0, 4);
    expect(calls()).toEqual({ gather: 1, mul: 1, add: 1, relu: 1 });
    expect(flops(halfLayer)).toBe(0);
  });

  test("new constants are seen after invalidate, and give what a new session gives", () => {
    const [session, fresh] = [open(simplify(halfLayer)), open(simplify(halfLayer))];
    fillHalfLayer(session, "2");
    const before = runHalfLayer(session);
    fillHalfLayer(session, "3");
    expect(runHalfLayer(session)).toEqual(before);
    session.invalidate(0);
    fillHalfLayer(fresh, "3");
    const after = runHalfLayer(session);
    expect(after).toEqual(runHalfLayer(fresh));
    expect(after).not.toEqual(before);
  });

  test("rows taken by two orders are not joined", () => {
    const program = trace((t) => {
      const table = t.matmul(t.shared("images", [20, 12]), t.constant("R", [12, 12]));
      return { out: t.mul(t.gather(table, t.stream("order", [4])), t.gather(table, t.stream("other", [4]))) };
    });
    const [wanted, got] = [program, simplify(program)].map((version) => {
      const session = open(version, referenceKernels, {});
      session.view("images", 0).set(normals(key("1"), 240));
      session.view("R", 0).set(normals(key("2"), 144));
      session.view("order", 0).set([1, 2, 3, 4]);
      session.view("other", 0).set([9, 0, 3, 7]);
      session.run("program", 0);
      return [...session.view("program/out", 0)];
    });
    expect(got).toEqual(wanted);
  });

  test("a frozen product that is added to what is trained stays frozen", () => {
    const program = trace((t) => {
      const frozen = t.matmul(t.constant("left", [5, 5]), t.constant("right", [5, 5]));
      return { out: t.add(t.tanh(t.state("trained", [5, 5])), frozen) };
    });
    expect(flops(program)).toBe(0);
  });

  test("elementwise work on a data set stays with the batch", () => {
    const program = simplify(trace((t) => ({ out: t.affine(t.gather(t.shared("images", [20, 12]), t.stream("order", [4])), 0.5, 1) })));
    expect(program.nodes.at(-1)!.operation.op).toBe("affine");
  });
});
