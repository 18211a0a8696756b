import { describe, expect, test } from "vitest";
import { flops } from "./flops.ts";
import type { Program, Tensor } from "./program.ts";
import { createSession, type EngineName, sessionBytes } from "./session.ts";
import { type Tracer, trace } from "./trace.ts";

const engines: EngineName[] = ["reference", "wasm"];

/** What `build` makes of tensors x, and w where given, filled with these numbers. */
function computed(engine: EngineName, build: (t: Tracer, x: Tensor, w: Tensor) => Tensor, operands: { x: Operand; w?: Operand }): number[] {
  const { x, w = { shape: [1], values: [1] } } = operands;
  const program = trace((t) => ({ out: build(t, t.state("x", x.shape), t.state("w", w.shape)) }));
  const session = createSession({ engine, programs: { program }, trials: 1 });
  session.view("x", 0).set(x.values);
  session.view("w", 0).set(w.values);
  session.run("program", 0);
  return [...session.view("program/out", 0)];
}

interface Operand {
  readonly shape: readonly number[];
  readonly values: readonly number[];
}

const counting = (shape: readonly number[], from = 1): Operand => ({
  shape,
  values: Array.from({ length: shape.reduce((size, extent) => size * extent, 1) }, (_, i) => from + i),
});

const poolGradient = (t: Tracer, a: Tensor): Tensor => t.gradients(t.sum(t.mul(t.maxPool(a, { window: [2] }), t.fill(5, [1, 2, 1]))), [a])[0]!;

describe.each(engines)("convolution on %s", (engine) => {
  // by hand: the kernel [[1, 2], [3, 4]] over 1…9 in a square
  const square = { x: counting([1, 3, 3, 1]), w: counting([2, 2, 1, 1]) };

  test("slides over an image without flipping the kernel", () => {
    expect(computed(engine, (t, x, w) => t.conv(x, w), square)).toEqual([37, 47, 67, 77]);
  });

  test("pads with zeros behind first, where an odd number of them is missing", () => {
    expect(computed(engine, (t, x, w) => t.conv(x, w, { padding: "same" }), square)).toEqual([37, 47, 21, 67, 77, 33, 23, 26, 9]);
    const wide = { x: counting([1, 4, 1]), w: { shape: [3, 1, 1], values: [1, 10, 100] } };
    expect(computed(engine, (t, x, w) => t.conv(x, w, { padding: "same" }), wide)).toEqual([210, 321, 432, 43]);
  });

  test("steps by its stride", () => {
    expect(computed(engine, (t, x, w) => t.conv(x, w, { stride: 2, padding: "same" }), square)).toEqual([37, 21, 23, 9]);
    const line = { x: counting([1, 7, 1]), w: { shape: [2, 1, 1], values: [1, 100] } };
    expect(computed(engine, (t, x, w) => t.conv(x, w, { stride: 3 }), line)).toEqual([201, 504]);
  });

  test("is a product with the patches below the window", () => {
    expect(computed(engine, (t, x) => t.patches(x, [2, 2], { stride: 2, padding: "same" }), square)).toEqual([1, 2, 4, 5, 3, 0, 6, 0, 7, 8, 0, 0, 9, 0, 0, 0]);
    const line = { x: counting([1, 3, 2]), w: { shape: [1], values: [1] } };
    expect(computed(engine, (t, x) => t.patches(x, [2]), line)).toEqual([1, 2, 3, 4, 3, 4, 5, 6]);
  });

  test("sums over channels, for every filter and every element of the batch", () => {
    const x = counting([2, 2, 2]); // two sequences of two positions with two channels
    const w = { shape: [1, 2, 3], values: [1, 0, 1, 0, 1, 1] };
    expect(computed(engine, (t, a, b) => t.conv(a, b), { x, w })).toEqual([1, 2, 3, 3, 4, 7, 5, 6, 11, 7, 8, 15]);
  });

  test("pools the largest and the mean, which does not count what lies beside the image", () => {
    const x = { shape: [1, 3, 3, 1], values: [-1, -2, -3, -4, -5, -6, -7, -8, -9] };
    const same = { window: [2, 2], padding: "same" } as const;
    expect(computed(engine, (t, a) => t.maxPool(a, same), { x })).toEqual([-1, -3, -7, -9]);
    expect(computed(engine, (t, a) => t.averagePool(a, same), { x })).toEqual([-3, -4.5, -7.5, -9]);
    expect(computed(engine, (t, a) => t.maxPool(a, { window: [2, 2], stride: 1 }), { x })).toEqual([-1, -2, -4, -5]);
    const pairs = { x: counting([1, 5, 2]) };
    expect(computed(engine, (t, a) => t.averagePool(a, { window: [2] }), pairs)).toEqual([2, 3, 6, 7]);
  });

  test("the gradient of a pool goes to the first of equal elements", () => {
    const x = { shape: [1, 4, 1], values: [7, 7, 3, 3] };
    expect(computed(engine, poolGradient, { x })).toEqual([5, 0, 5, 0]);
  });
});

const network: Program = trace((t) => {
  const [filter, last] = [t.state("filter", [3, 3, 2, 4]), t.state("last", [1, 1, 4, 3])];
  const hidden = t.averagePool(t.tanh(t.conv(t.state("x", [2, 5, 5, 2]), filter, { stride: 2, padding: "same" })), { window: [2, 2], padding: "same" });
  const loss = t.mean(t.square(t.conv(hidden, last)));
  const [forFilter, forLast] = t.gradients(loss, [filter, last]);
  return { loss, forFilter: forFilter!, forLast: forLast! };
});

const made = (build: (t: Tracer) => Tensor) => (): unknown => trace((t) => ({ out: build(t) }));

describe("a network of convolutions", () => {
  test("has the gradient of finite differences", () => {
    const session = createSession({ engine: "reference", programs: { network }, trials: 1 });
    for (const name of ["x", "filter", "last"]) session.view(name, 0).forEach((_, i, view) => view.set([Math.sin(1 + i)], i));
    const lossAt = (slot: string, at: number, value: number): number => {
      const view = session.view(slot, 0);
      const before = view[at]!;
      view[at] = value;
      session.run("network", 0);
      view[at] = before;
      return session.view("network/loss", 0)[0]!;
    };
    for (const [slot, output] of [
      ["filter", "forFilter"],
      ["last", "forLast"],
    ] as const) {
      session.run("network", 0);
      const gradient = Float64Array.from(session.view(`network/${output}`, 0));
      gradient.forEach((value, at) => {
        const x = session.view(slot, 0)[at]!;
        expect(value).toBeCloseTo((lossAt(slot, at, x + 1e-5) - lossAt(slot, at, x - 1e-5)) / 2e-5, 8);
      });
    }
  });

  test("counts the products of its patches, and none for the gradient of data", () => {
    const first = 2 * (2 * 3 * 3) * 18 * 4; // 3 × 3 positions in 2 images, 18 elements below the window, 4 filters
    const last = 2 * (2 * 2 * 2) * 4 * 3;
    expect(flops(network)).toBe(2 * first + 3 * last);
  });

  test("keeps no patches, also of images that never change", () => {
    const program = trace((t) => ({ out: t.sum(t.conv(t.constant("x", [10, 16, 16, 1]), t.state("w", [5, 5, 1, 3]))) }));
    const [one, two] = [1, 2].map((trials) => sessionBytes({ engine: "wasm", programs: { program }, trials }));
    expect(two! - one!).toBeLessThan(2 * 10 * 16 * 16 * 4);
  });

  test("says what does not fit", () => {
    expect(made((t) => t.conv(t.state("x", [1, 3, 3, 2]), t.state("w", [2, 2, 1, 4])))).toThrow(
      "conv: 2 channels of [1, 3, 3, 2] do not meet a filter of [2, 2, 1, 4]",
    );
    expect(made((t) => t.conv(t.state("x", [1, 3, 2]), t.state("w", [4, 2, 1])))).toThrow(
      "patches: kernel [1, 4] is larger than the image of shape [1, 1, 3, 2]",
    );
    expect(made((t) => t.conv(t.state("x", [1, 3, 3, 2]), t.state("w", [2, 2, 4])))).toThrow(
      "conv: a window of 1 axes slides over [batch, length, channels]; shape [1, 3, 3, 2]",
    );
    expect(made((t) => t.maxPool(t.state("x", [1, 3, 3, 2]), { window: [2, 2], stride: 0 }))).toThrow("maxPool: kernel [2, 2] with stride [0, 0]");
  });
});
