import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { log } from "../elementary.ts";
import type { Program, Tensor } from "../program.ts";
import { deriveKey, normals } from "../random.ts";
import { referenceKernels } from "../reference/index.ts";
import { openSession, type Session } from "../session.ts";
import { simplify } from "../simplify/simplify.ts";
import { counting } from "../testing/counting-kernels.ts";
import { choices, randomProgram, randomSlots } from "../testing/random-programs.ts";
import { type Tracer, trace } from "../trace.ts";
import { plan } from "./plan.ts";
import { allocate } from "./scratch.ts";
import type { Item } from "./sequence.ts";

function open(programs: Record<string, Program>, factory = referenceKernels): Session {
  return openSession(plan({ programs, trials: 1, streams: {}, floatBytes: 8 }), { trials: 1, factory });
}

function fillRandom(session: Session): void {
  for (const [name, elements] of Object.entries(randomSlots)) session.view(name, 0).set(normals(deriveKey("00000000000000aa", name), elements));
  session.view("order", 0).set([3, 0, 8, 8]);
}

/** Memory of a chain of products. */
function chainBytes(layers: number): number {
  const program = simplify(
    trace((t) => {
      let x = t.state("x", [64, 64]);
      for (let i = 0; i < layers; i++) x = t.matmul(x, t.state("w", [64, 64]));
      return { x: t.sum(x) };
    }),
  );
  return plan({ programs: { program }, trials: 1, streams: {}, floatBytes: 8 }).bytes;
}

describe("sharing scratch memory changes nothing", () => {
  test("random programs: all outputs together have the bits of each computed alone", () => {
    fc.assert(
      fc.property(choices, (list) => {
        const program = randomProgram(list);
        const together = open({ program });
        fillRandom(together);
        together.run("program", 0);
        for (const name of Object.keys(program.outputs)) {
          const session = open({ alone: { ...program, effects: [], outputs: { [name]: program.outputs[name]! } } });
          fillRandom(session);
          session.run("alone", 0);
          expect({ [name]: together.view(`program/${name}`, 0) }).toEqual({ [name]: session.view(`alone/${name}`, 0) });
        }
      }),
      { numRuns: 100, seed: 3 },
    );
  });

  test("random programs: effects see the values from before any effect", () => {
    fc.assert(
      fc.property(choices, (list) => {
        const session = open({ program: randomProgram(list) });
        fillRandom(session);
        const before = { weights: [...session.view("weights", 0)], bias: [...session.view("bias", 0)] };
        session.run("program", 0);
        const [rate, decay] = session.view("rates", 0);
        const [forWeights, forBias] = [session.view("program/forWeights", 0), session.view("program/forBias", 0)];
        expect([...session.view("weights", 0)]).toEqual(before.weights.map((p, i) => p - rate! * (forWeights[i]! + decay! * p)));
        expect([...session.view("bias", 0)]).toEqual(before.bias.map((p, i) => p - (0.1 * forBias[i]! + 0)));
        expect([...session.view("program/weights", 0)]).toEqual(before.weights);
      }),
      { numRuns: 100, seed: 4 },
    );
  });

  test("a value is not overwritten while it is read in another order", () => {
    const program = trace((t) => {
      const y = t.exp(t.state("x", [3, 3]));
      return { out: t.square(t.add(y, t.transpose(y))) };
    });
    const session = open({ program });
    session.view("x", 0).set([0, 1, 2, 3, 4, 5, 6, 7, 8].map((x) => log(x + 1)));
    session.run("program", 0);
    const out = [2, 6, 10, 6, 10, 14, 10, 14, 18];
    session.view("program/out", 0).forEach((value, i) => expect(value).toBeCloseTo(out[i]! ** 2, 10));
  });

  test("states can trade places", () => {
    const program = trace((t) => {
      const [a, b] = [t.state("a", [3]), t.state("b", [3])];
      t.assign(a, b);
      t.assign(b, a);
      return { sum: t.add(a, b) };
    });
    const session = open({ program });
    session.view("a", 0).set([1, 2, 3]);
    session.view("b", 0).set([4, 5, 6]);
    session.run("program", 0);
    expect([...session.view("a", 0), ...session.view("b", 0), ...session.view("program/sum", 0)]).toEqual([4, 5, 6, 1, 2, 3, 5, 7, 9]);
  });

  test("buffers alive at the same time never overlap", () => {
    const item = fc.record({ reads: fc.array(fc.nat(1000), { maxLength: 3 }), bytes: fc.integer({ min: 1, max: 700 }), inPlace: fc.boolean() });
    fc.assert(
      fc.property(fc.array(item, { minLength: 1, maxLength: 30 }), (list) => {
        const items = list.map(
          ({ reads }, id): Item => ({ node: { id } as Item["node"] & object, reads: id === 0 ? [] : reads.map((x) => x % id), writes: [id] }),
        );
        const bytesOf = (root: number): number => list[root]!.bytes;
        const stealable = ({ node, reads }: Item): number | undefined =>
          list[node!.id]!.inPlace ? reads.find((x) => bytesOf(x) === bytesOf(node!.id)) : undefined;
        const { offsets, bytes } = allocate(items, { bytesOf, stealable });
        const lastRead = (root: number): number =>
          Math.max(
            root,
            items.findLastIndex(({ reads }) => reads.includes(root)),
          );
        for (let a = 0; a < list.length; a++) {
          expect(offsets.get(a)! + bytesOf(a)).toBeLessThanOrEqual(bytes);
          for (let b = a + 1; b <= lastRead(a); b++) {
            if (b === lastRead(a) && stealable(items[b]!) === a) continue;
            const apart = offsets.get(a)! + bytesOf(a) <= offsets.get(b)! || offsets.get(b)! + bytesOf(b) <= offsets.get(a)!;
            expect(apart, `${a} and ${b}`).toBe(true);
          }
        }
      }),
      { numRuns: 300, seed: 5 },
    );
  });

  test("a deep chain takes two buffers, not one per layer", () => {
    expect(chainBytes(20)).toBe(chainBytes(2));
  });
});

const square = (t: Tracer, name = "x"): Tensor => t.state(name, [6, 6]);

describe("kernels called per run", () => {
  const table: Record<string, { build: (t: Tracer) => Tensor; want: Record<string, number> }> = {
    "reshapes and slices of rows are not copied": {
      build: (t) => t.tanh(t.slice(t.reshape(square(t), [3, 12]), { axis: 0, start: 1, size: 2 })),
      want: { tanh: 1 },
    },
    "slices of columns feed products as they lie": {
      build: (t) => t.matmul(t.slice(square(t), { axis: 1, start: 2, size: 3 }), t.slice(square(t, "y"), { axis: 1, start: 0, size: 3 }), { transposeB: true }),
      want: { matmul: 1 },
    },
    "transposed operands of elementwise operations are read as they lie": { build: (t) => t.mul(t.transpose(square(t)), square(t, "y")), want: { mul: 1 } },
    "a function of a transposed matrix needs one transposition": { build: (t) => t.tanh(t.transpose(square(t))), want: { transpose: 1, tanh: 1 } },
    "a function of columns needs one copy": { build: (t) => t.tanh(t.slice(square(t), { axis: 1, start: 1, size: 2 })), want: { copy: 1, tanh: 1 } },
    "a row that an output repeats is one copy": { build: (t) => t.add(t.state("s", [1, 6]), t.fill(0, [6, 6])), want: { copy: 1 } },
    "a column that an output repeats is multiplied with one": { build: (t) => t.add(t.state("s", [6, 1]), t.fill(0, [6, 6])), want: { mul: 1 } },
    "sums of two far axes are two passes": { build: (t) => t.sum(t.state("z", [2, 3, 4]), [0, 2]), want: { sum: 2 } },
    "four broadcast axes become calls along the first": {
      build: (t) => t.add(t.state("a", [2, 1, 3, 1]), t.state("b", [1, 4, 1, 5])),
      want: { add: 2 },
    },
  };
  test.each(Object.entries(table))("%s", (_, { build, want }) => {
    const { factory, calls } = counting();
    const session = open({ program: simplify(trace((t) => ({ out: build(t) }))) }, factory);
    session.run("program", 0);
    calls();
    session.run("program", 0);
    expect(calls()).toEqual(want);
  });

  test("a bias gradient is one sum, and a weight gradient over time steps accumulates in place", () => {
    const program = simplify(
      trace((t) => {
        const [w, b, lr] = [t.state("w", [4, 4]), t.state("b", [4]), t.scalars("lr", 2)];
        let h = t.state("h", [3, 4]);
        for (let step = 0; step < 5; step++) h = t.tanh(t.add(t.matmul(h, w), b));
        const [forW, forB] = t.gradients(t.sum(t.mul(h, t.constant("target", [3, 4]))), [w, b]);
        t.sgd(w, forW!, lr);
        t.sgd(b, forB!, lr);
        return {};
      }),
    );
    const { factory, calls } = counting();
    const session = open({ program }, factory);
    session.run("program", 0);
    const { matmul, matmulAdd, sum, copy, transpose, sgd } = calls();
    // 5 products forward, 4 back through h; 5 for the weights, of which 4 add to the first.
    expect({ matmul, matmulAdd, sum, copy, transpose, sgd }).toEqual({ matmul: 5, matmulAdd: 9, sum: 5, copy: undefined, transpose: undefined, sgd: 2 });
  });
});
