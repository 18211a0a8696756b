import { assert, constantFrom, integer, nat, oneof, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { KernelFactory } from "./kernels.ts";
import { referenceKernels } from "./reference/index.ts";
import { createArena, drawn } from "./testing/kernel-arena.ts";
import { wasmKernels } from "./wasm.ts";

const engines: [string, KernelFactory][] = [
  ["reference", referenceKernels],
  ["wasm", wasmKernels],
];

const binary = {
  add: (a: number, b: number) => a + b,
  sub: (a: number, b: number) => a - b,
  mul: (a: number, b: number) => a * b,
  div: (a: number, b: number) => a / b,
};
const unary = {
  exp: Math.exp,
  log: Math.log,
  tanh: Math.tanh,
  sigmoid: (x: number) => 1 / (1 + Math.exp(-x)),
  relu: (x: number) => Math.max(x, 0),
  step: (x: number) => (x > 0 ? 1 : 0),
  sqrt: Math.sqrt,
  square: (x: number) => x * x,
};
type Binary = keyof typeof binary;
type Unary = keyof typeof unary;

const size = oneof(constantFrom(1, 2, 3, 4, 5, 8), integer({ min: 1, max: 21 }));
/** Which of the three axes an operand has; along the others it is broadcast. */
const axes = constantFrom([1, 1, 1], [1, 1, 0], [0, 1, 1], [1, 0, 1], [0, 0, 1], [0, 1, 0], [1, 0, 0], [0, 0, 0]);

function strides(d: readonly number[], present: readonly number[]): [number, number, number] {
  const [d1, d2] = [present[1] === 1 ? d[1]! : 1, present[2] === 1 ? d[2]! : 1];
  return [present[0]! * d1 * d2, present[1]! * d2, present[2]!];
}

/** Units in the last place of a float32 between `got` and `want`; subnormal results count in units of the smallest. */
function ulps(got: number, want: number): number {
  if (Object.is(got, want) || (Number.isNaN(got) && Number.isNaN(want)) || got === Math.fround(want)) return 0;
  const unit = Math.max(2 ** (Math.floor(Math.log2(Math.abs(want))) - 23), 2 ** -149);
  return Math.abs(got - want) / unit;
}

describe.each(engines)("elementwise kernels of %s", (_, factory) => {
  it("combine two operands under every broadcast", () => {
    const cases = record({ name: constantFrom<Binary>("add", "sub", "mul", "div"), d0: size, d1: size, d2: size, inA: axes, inB: axes, seed: nat(1e6) });
    assert(
      property(cases, ({ name, d0, d1, d2, inA, inB, seed }) => {
        const arena = createArena(factory, seed % 4);
        const d = [d0, d1, d2];
        const [a0, a1, a2] = strides(d, inA);
        const [b0, b1, b2] = strides(d, inB);
        const aValues = drawn(seed, d0 * d1 * d2);
        const bValues = drawn(seed + 1, d0 * d1 * d2);
        const [a, b, out] = [arena.floats(aValues), arena.floats(bValues), arena.floats(aValues.map(() => 9))];
        arena.run([[out, d0 * d1 * d2]], (k) => k[name](d0, d1, d2, a, a0, a1, a2, b, b0, b1, b2, out));
        const round = arena.kernels.floatBytes === 4 ? Math.fround : Number;
        const want = [];
        for (let i = 0; i < d0; i++)
          for (let j = 0; j < d1; j++)
            for (let l = 0; l < d2; l++) want.push(round(binary[name](aValues[i * a0 + j * a1 + l * a2]!, bValues[i * b0 + j * b1 + l * b2]!)));
        expect(arena.read(out, want.length)).toEqual(want);
      }),
      { numRuns: 300 },
    );
  });

  it("combine in place", () => {
    const arena = createArena(factory);
    const [a, b] = [arena.floats([1, 2, 3, 4, 5, 6]), arena.floats([10, 20, 30])];
    arena.run([[a, 6]], (k) => k.add(1, 2, 3, a, 6, 3, 1, b, 0, 0, 1, a));
    expect(arena.read(a, 6)).toEqual([11, 22, 33, 14, 25, 36]);
  });

  it("take strides that are neither 0 nor 1", () => {
    const arena = createArena(factory);
    const [a, out] = [arena.floats([1, 2, 3, 4, 5, 6]), arena.floats([0, 0, 0, 0, 0, 0])];
    arena.run([[out, 6]], (k) => k.mul(1, 2, 3, a, 0, 1, 2, a, 0, 0, 1, out)); // transpose of [3, 2] times its first row of three
    expect(arena.read(out, 6)).toEqual([1, 6, 15, 2, 8, 18]);
  });

  it("scale and shift any number of elements, in place too", () => {
    assert(
      property(integer({ min: 1, max: 40 }), nat(1e6), (n, seed) => {
        const arena = createArena(factory, seed % 4);
        const values = drawn(seed, n);
        const a = arena.floats(values);
        arena.run([[a, n]], (k) => k.affine(n, a, -0.5, 2, a));
        const got = arena.read(a, n);
        for (const [i, x] of values.entries()) expect(Math.abs(got[i]! - (2 - 0.5 * x))).toBeLessThanOrEqual(4 * arena.epsilon);
      }),
    );
  });

  const ranges: [Unary, string, number, number, number][] = [
    ["exp", "over the whole range", -110, 95, 1],
    ["exp", "near 0", -1, 1, 0.85],
    ["log", "over many magnitudes", 1e-30, 1e30, 0.85],
    ["log", "near 1", 0.5, 2, 0.85],
    ["log", "over the subnormal numbers", 1e-45, 1e-38, 0.6],
    ["tanh", "over the whole range", -12, 12, 1.5],
    ["tanh", "near 0", -0.01, 0.01, 0.6],
    ["sigmoid", "over the whole range", -80, 80, 3],
    ["relu", "on both sides", -2, 2, 0],
    ["step", "on both sides", -2, 2, 0],
    ["sqrt", "over the positive numbers", 0, 1e6, 0.5],
    ["square", "on both sides", -1e3, 1e3, 0.5],
  ];
  it.each(ranges)("%s %s is within a few units in the last place of a float32", (name, _range, low, high, limit) => {
    const arena = createArena(factory);
    const count = 4099;
    const inputs = drawn(11, count).map((u, i) => {
      const t = (u + 1) / 2;
      return Math.fround(name === "log" && i % 2 === 0 ? low ** t * high ** (1 - t) : low + (high - low) * t);
    });
    const [a, out] = [arena.floats(inputs), arena.floats(inputs)];
    arena.run([[out, count]], (k) => k[name](count, a, out));
    const got = arena.read(out, count);
    const worst = Math.max(...inputs.map((x, i) => ulps(got[i]!, unary[name](x))));
    expect(worst).toBeLessThanOrEqual(limit);
  });

  it("gate passes what stands at a positive number, in place too", () => {
    for (let n = 1; n <= 9; n++) {
      const arena = createArena(factory, n % 4);
      const [a, x] = [arena.floats(drawn(1, n)), arena.floats([1, -1, 0, Number.NaN, 1e-40, -0, 2, -2, 3].slice(0, n))];
      const want = arena.read(a, n).map((value, i) => value * (arena.read(x, n)[i]! > 0 ? 1 : 0));
      arena.run([[a, n]], (k) => k.gate(n, a, x, a));
      expect(arena.read(a, n)).toEqual(want);
    }
  });

  const edges: [Unary, number[], number[]][] = [
    ["exp", [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN, -0], [1, 0, Number.POSITIVE_INFINITY, Number.NaN, 1]],
    ["log", [1, 0, Number.POSITIVE_INFINITY, Number.NaN, -1], [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN]],
    ["tanh", [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN], [0, -1, 1, Number.NaN]],
    ["sigmoid", [0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NaN], [0.5, 0, 1, Number.NaN]],
    ["relu", [Number.NaN, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY], [Number.NaN, 0, Number.POSITIVE_INFINITY]],
    ["step", [Number.NaN, 0, 1e-40], [0, 0, 1]],
    ["sqrt", [-1, 0, Number.POSITIVE_INFINITY], [Number.NaN, 0, Number.POSITIVE_INFINITY]],
  ];
  it.each(edges)("%s treats %j as it should", (name, inputs, want) => {
    const arena = createArena(factory);
    const [a, out] = [arena.floats(inputs), arena.floats(inputs)];
    arena.run([[out, inputs.length]], (k) => k[name](inputs.length, a, out));
    expect(arena.read(out, inputs.length)).toEqual(want);
  });

  it("give an element the same bits wherever it stands in a row", () => {
    assert(
      property(
        constantFrom<Unary>("exp", "log", "tanh", "sigmoid", "relu", "step", "sqrt", "square"),
        nat(1e6),
        integer({ min: 2, max: 19 }),
        (name, seed, n) => {
          const arena = createArena(factory, seed % 4);
          const values = drawn(seed, n);
          const [a, out, alone] = [arena.floats(values), arena.floats(values), arena.floats([0])];
          arena.run([[out, n]], (k) => k[name](n, a, out));
          const last = a + (n - 1) * arena.kernels.floatBytes;
          arena.run([[alone, 1]], (k) => k[name](1, last, alone));
          expect(arena.read(alone, 1)[0]).toBe(arena.read(out, n)[n - 1]);
        },
      ),
    );
  });
});
