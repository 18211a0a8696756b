import { expect, test } from "vitest";
import { allFull, attentive, drawn, inputsOf, length, models, opened, recurrent, rows } from "../testing/sequence-models.ts";
import type { Positions } from "./positions.ts";

type Values = ReadonlyMap<string, Float64Array>;

const range = (n: number): number[] => [...Array(n).keys()];
const sum = (terms: readonly number[]): number => terms.reduce((a, b) => a + b, 0);
const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value + b[i]!);

/** W x, and b where there is one. */
const layerOf = (values: Values, [weight, bias]: readonly [string, string], x: readonly number[]): number[] => {
  const w = values.get(weight)!;
  return range(w.length / x.length).map((i) => sum(x.map((value, j) => w[i * x.length + j]! * value)) + (values.get(bias)?.[i] ?? 0));
};

/** Numbers at a position: of a token one-hot. */
const inputAt = ({ of, width }: Positions, x: ArrayLike<number>, at: number): number[] =>
  range(width).map((j) => (of === "tokens" ? Number(x[at] === j) : x[at * width + j]!));

/** Logits at each position of one sequence, by the definition of a recurrent network. */
const recurrentByDefinition = (positions: Positions, values: Values, x: ArrayLike<number>): number[][] => {
  let below = range(length).map((at) => inputAt(positions, x, at));
  if (values.has("embedding.weight")) below = below.map((one) => layerOf(values, ["embedding.weight", ""], one));
  for (const [i, units] of recurrent.hidden.entries()) {
    let h = range(units).map(() => 0);
    below = below.map((one) => {
      h = plus(layerOf(values, [`layer.${i}.input`, `layer.${i}.bias`], one), layerOf(values, [`layer.${i}.recurrent`, ""], h)).map(Math.tanh);
      return h;
    });
  }
  return below.map((h) => layerOf(values, ["output.weight", "output.bias"], h));
};

const normed = (values: Values, name: string, x: readonly number[]): number[] => {
  const mean = sum(x) / x.length;
  const variance = sum(x.map((value) => (value - mean) ** 2)) / x.length;
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + 1e-5)) * values.get(`${name}.gain`)![i]! + values.get(`${name}.bias`)![i]!);
};

const linear = (values: Values, layer: string, x: readonly number[]): number[] => layerOf(values, [`${layer}.weight`, `${layer}.bias`], x);

/** What position `at` takes from those up to it, by the definition of attention. */
const attended = (values: Values, layer: string, o: { xs: readonly number[][]; at: number }): number[] => {
  const size = attentive.width / attentive.heads;
  const of = (name: string, position: number, head: number): number[] =>
    linear(values, `${layer}.${name}`, o.xs[position]!).slice(head * size, (head + 1) * size);
  const heads = range(attentive.heads).map((head) => {
    const scores = range(o.at + 1).map((s) => sum(of("query", o.at, head).map((q, i) => q * of("key", s, head)[i]!)) / Math.sqrt(size));
    const exponentials = scores.map(Math.exp);
    return range(size).map((i) => sum(exponentials.map((e, s) => (e / sum(exponentials)) * of("value", s, head)[i]!)));
  });
  return linear(values, `${layer}.output`, heads.flat());
};

const attentiveByDefinition = (positions: Positions, values: Values, x: ArrayLike<number>): number[][] => {
  const place = values.get("position.weight")!;
  let hs = range(length).map((at) =>
    plus(
      linear(values, "embedding", inputAt(positions, x, at)),
      range(attentive.width).map((i) => place[i * length + at]!),
    ),
  );
  for (const i of range(attentive.blocks)) {
    const [attention, dense] = [`block.${i}.attention`, `block.${i}.feedForward`];
    const xs = hs.map((h) => normed(values, `${attention}.norm`, h));
    const between = hs.map((h, at) => plus(h, attended(values, attention, { xs, at })));
    hs = between.map((h) => {
      const hidden = linear(values, `${dense}.hidden`, normed(values, `${dense}.norm`, h)).map((z) => 1 / (1 + Math.exp(-z)));
      return plus(h, linear(values, `${dense}.output`, hidden));
    });
  }
  return hs.map((h) => linear(values, "output", normed(values, "norm", h)));
};

test.for(models)("$says: outputs are those of the definition", (one) => {
  const session = opened("reference", one, allFull(one));
  const values = new Map(one.model.tensors.map((tensor) => [tensor.name, drawn(tensor)]));
  const inputs = Array.from(inputsOf(one.positions));
  const [byDefinition, each] = [values.has("position.weight") ? attentiveByDefinition : recurrentByDefinition, inputs.length / rows];
  const logits = range(rows).flatMap((row) => {
    const all = byDefinition(one.positions, values, inputs.slice(row * each, (row + 1) * each));
    return one.positions.of === "tokens" ? all.flat() : all.at(-1);
  });
  expect(session.view("it/logits", 0).length).toBe(logits.length);
  for (const [i, value] of logits.entries()) expect(session.view("it/logits", 0)[i]).toBeCloseTo(value, 12);
});

test.for(models.filter(({ positions }) => positions.of === "tokens"))("$says: what comes later changes nothing before", (one) => {
  const session = opened("wasm", one, allFull(one));
  const before = Array.from(session.view("it/logits", 0));
  const changed = 2;
  session.view("x", 0)[changed] = 1; // was 4
  session.invalidate();
  session.run("it", 0);
  const after = Array.from(session.view("it/logits", 0));
  expect(after.slice(0, changed * 4)).toEqual(before.slice(0, changed * 4));
  for (const at of range(length).slice(changed)) expect(after.slice(at * 4, (at + 1) * 4)).not.toEqual(before.slice(at * 4, (at + 1) * 4));
  expect(after.slice(length * 4)).toEqual(before.slice(length * 4));
});
