import { createSession, normals, type Tensor, trace } from "@allot/tensor";
import { describe, expect, test } from "vitest";
import type { Form } from "../allocation/form.ts";
import type { TensorSpec } from "../models/tensors.ts";
import type { Start } from "./memory.ts";
import { parametrisationOf } from "./parametrise.ts";
import { parametrised } from "./parametrised.ts";

const tensor: TensorSpec = { name: "w", layer: "w", role: "weight", shape: [5, 4], fanIn: 4, fanOut: 5 };
const examples = 3;

const draws = (count: number, digit: number): Float64Array => normals(digit.toString(16).padStart(16, "0"), count);

/** A start of a tensor, with every second entry chosen where it is masked. */
const startOf = (form: Form): Start => {
  const made = parametrisationOf(tensor, form);
  const parts = made.start({
    value: draws(20, 1),
    normals: (_part, count) => draws(count, 2),
    fixed: ([m, n]) => draws(m * n, 3),
    gain: () => 0.5,
    gradient: () => draws(20, 7),
  });
  const masks = made.parts.map(({ name, shape }): [string, Uint8Array] => [name, Uint8Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => i % 2)]);
  return { parts, masks: new Map(masks) };
};

/** The tensor and its product in a session on `reference`, away from the start, with the gradients of a loss of both. */
const open = (form: Form, masked: boolean) => {
  const { slots, bind, start, counts, free, value } = parametrised(tensor, parametrisationOf(tensor, form), masked);
  const program = trace((t) => {
    const { effective, learnable } = bind(t);
    const [weight, times] = [effective.value(), effective.times(t.constant("x", [examples, 4]))];
    const loss = t.add(t.sum(t.mul(weight, t.constant("v", [5, 4]))), t.sum(t.tanh(times)));
    const gradients = t.gradients(
      loss,
      learnable.map((one) => one.tensor),
    );
    return { weight, times, loss, ...Object.fromEntries(learnable.map(({ name }, i): [string, Tensor] => [`d ${name}`, gradients[i]!])) };
  });
  const session = createSession({ engine: "reference", programs: { it: program }, trials: 1 });
  const view = (name: string): Float64Array => session.view(name, 0) as Float64Array;
  view("x").set(draws(examples * 4, 4));
  view("v").set(draws(20, 5));
  const begin = startOf(form);
  for (const [name, content] of start(begin)) view(name).set(content);
  for (const { name, role } of slots) if (role === "learnable") view(name).set(view(name).map((old, i) => old + 0.3 * draws(40, 6)[i]!));
  session.invalidate();
  const run = (): void => session.run("it", 0);
  run();
  return { slots, counts: counts(begin), free: (slot: string) => free(slot, begin), present: () => value(view), view, run };
};

const gap = (got: ArrayLike<number>, want: ArrayLike<number>): number =>
  got.length === want.length ? Math.max(0, ...Array.from(want, (value, i) => Math.abs(value - got[i]!))) : Infinity;

describe.each<{ form: Form; trained: number; total: number; masked: number }>([
  { form: { strategy: "full" }, trained: 20, total: 20, masked: 10 },
  { form: { strategy: "frozen" }, trained: 0, total: 20, masked: 0 },
  { form: { strategy: "rowScale" }, trained: 5, total: 25, masked: 2 },
  { form: { strategy: "colScale" }, trained: 4, total: 24, masked: 2 },
  { form: { strategy: "lowRank", rank: 2 }, trained: 2 * (5 + 4), total: 20 + 2 * (5 + 4), masked: 5 + 4 },
  { form: { strategy: "mixRandom", rank: 3 }, trained: 3 * 4, total: 3 * (5 + 4), masked: 6 },
  { form: { strategy: "factor", rank: 2, multiplier: 0, first: true, last: true }, trained: 16, total: 16 + 4 * (5 + 4), masked: 8 },
  { form: { strategy: "factor", rank: 1, multiplier: 0.1, first: true, last: true }, trained: 4 + 2 * (5 + 4), total: 4 + 2 * (5 + 4), masked: 2 + 5 + 4 },
  { form: { strategy: "factor", rank: 1, multiplier: 0.1, first: true, last: false }, trained: 4 + 2 * 4, total: 4 + 2 * (5 + 4), masked: 2 + 4 },
])("$form.strategy", ({ form, trained, total, masked }) => {
  test.each([false, true])("masked: %s, is one tensor: as a value, in numbers, and in products", (mask) => {
    const { view, present } = open(form, mask);
    expect(gap(view("it/weight"), present())).toBeLessThan(1e-14);
    const product = Array.from({ length: examples * 5 }, (_, at) => {
      const [row, out] = [Math.floor(at / 5), at % 5];
      return Array.from({ length: 4 }, (_in, j) => view("x")[row * 4 + j]! * view("it/weight")[out * 4 + j]!).reduce((a, b) => a + b);
    });
    expect(gap(view("it/times"), product)).toBeLessThan(1e-13);
  });

  test.each([false, true])("masked: %s, has the gradients of finite differences", (mask) => {
    const { slots, view, run } = open(form, mask);
    for (const { name } of slots.filter(({ role }) => role === "learnable")) {
      run();
      const gradient = view(`it/d ${name}`).slice();
      const differences = gradient.map((_, i) => {
        const [old, losses] = [view(name)[i]!, [1e-5, -1e-5]];
        const [above, below] = losses.map((step) => {
          view(name)[i] = old + step;
          run();
          return view("it/loss")[0]!;
        });
        view(name)[i] = old;
        return (above! - below!) / 2e-5;
      });
      expect(gap(gradient, differences)).toBeLessThan(1e-8);
    }
  });

  test("counts its scalars, and those that a mask leaves", () => {
    expect(open(form, false).counts).toEqual({ trained, total });
    const { counts, slots, free } = open(form, true);
    expect(counts).toEqual({ trained: masked, total });
    expect(slots.filter(({ role }) => role === "learnable").reduce((sum, { name }) => sum + free(name).length, 0)).toBe(masked);
  });
});

const contentOf = (form: Form, name: string): Float64Array => Float64Array.from(startOf(form).parts.get(name)!);

test("lowRank starts from the tensor as drawn, with a right factor of variance 1/fanIn", () => {
  const form = { strategy: "lowRank", rank: 2 } as const;
  expect(parametrisationOf(tensor, form).value((name) => contentOf(form, name))).toEqual(draws(20, 1));
  expect(contentOf(form, "w:right")).toEqual(draws(8, 2).map((draw) => draw / 2));
});

test("mixRandom mixes the first rows of the tensor as drawn by fixed weights times their gain", () => {
  const form = { strategy: "mixRandom", rank: 3 } as const;
  expect(contentOf(form, "w:right")).toEqual(draws(20, 1).slice(0, 12));
  expect(contentOf(form, "w:left")).toEqual(draws(15, 3).map((draw) => 0.5 * draw));
});
