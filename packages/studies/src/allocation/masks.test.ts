import { Study, type StudyInput } from "@allot/spec";
import { deriveKey, normals } from "@allot/tensor";
import { expect, test } from "vitest";
import { StudyError } from "../errors.ts";
import { conv } from "../models/conv.ts";
import { linearRnn } from "../models/linear-rnn.ts";
import { mlp } from "../models/mlp.ts";
import type { ModelFunction } from "../models/tensors.ts";
import { masksOf } from "./masks.ts";
import { allocate } from "./scopes.ts";
import { type CountedStrategy, counted } from "./strategies.ts";

type Rule = NonNullable<StudyInput["allocation"]>[string];

const recurrent = linearRnn({ hidden: 6, inputs: 2, outputs: 3 });
const deep = mlp({ sizes: [4, 5, 6, 3], activation: "relu", bias: true });

const convolutional = conv({
  image: { extents: [4, 4], channels: 1 },
  layers: [
    { channels: 5, kernel: 3, stride: 1, padding: "same" },
    { channels: 3, kernel: 2, stride: 2, padding: "valid" },
  ],
  hidden: [],
  outputs: 2,
  activation: "relu",
  bias: true,
});

const draw = (model: ModelFunction, pattern: string, rule: Rule): ReadonlyMap<string, Uint8Array> => {
  const { allocation } = Study.parse({ data: { kind: "sleep" }, allocation: { [pattern]: rule } });
  const [scope] = allocate(model, allocation).scopes;
  if (scope === undefined) throw new Error("no scope");
  return masksOf(model, scope, {
    key: "00000000000000ff",
    values: (name) => normals("0000000000000001", 60).map((z) => z * name.length),
    gradient: (name) => normals("0000000000000002", 60).map((z) => z / name.length),
    jacobian: (names) => new Map(names.map((name) => [name, Array.from({ length: 60 }, (_, i) => normals(deriveKey("0000000000000003", `${name} ${i}`), 8))])),
  });
};

const total = (masks: ReadonlyMap<string, Uint8Array>): number => [...masks.values()].reduce((all, mask) => all + mask.reduce((a, b) => a + b, 0), 0);

/** How many entries of each neuron's incoming, recurrent and outgoing weights learn. */
const perNeuron = (masks: ReadonlyMap<string, Uint8Array>): number[] =>
  Array.from({ length: 6 }, (_neuron, i) => {
    const row = (name: string, width: number): number[] => Array.from({ length: width }, (_column, j) => masks.get(name)?.[i * width + j] ?? 0);
    const column = Array.from({ length: 3 }, (_row, j) => masks.get("output")?.[j * 6 + i] ?? 0);
    return [...row("input", 2), ...row("recurrent", 6), ...column].reduce((a, b) => a + b, 0);
  });

const strategies = Object.keys(counted) as CountedStrategy[];

test.for(strategies)("%s over a whole recurrent network trains exactly the count", (strategy) => {
  for (const count of [0, 1, 17, 66]) expect(total(draw(recurrent, "*", { strategy, count }))).toBe(count);
});

test.for(strategies.filter((name) => name !== "neuron"))("%s over three dense layers trains exactly the count", (strategy) => {
  for (const count of [0, 1, 41, 68]) expect(total(draw(deep, "layer.*", { strategy, count }))).toBe(count);
});

test("neuron takes all weights that touch a neuron, [B | W | Dᵀ], before the next", () => {
  const counts = perNeuron(draw(recurrent, "*", { strategy: "neuron", count: 25 }));
  expect([...counts].sort((a, b) => b - a)).toEqual([11, 11, 3, 0, 0, 0]);
});

test("spread over the whole network gives every neuron the same number, give or take one", () => {
  const counts = perNeuron(draw(recurrent, "*", { strategy: "spread", count: 25 }));
  expect(Math.max(...counts) - Math.min(...counts)).toBe(1);
});

/** How many entries of each output's row learn. */
const outputRows = (mask: Uint8Array | undefined): number[] =>
  Array.from({ length: 3 }, (_, i) => mask?.subarray(i * 6, i * 6 + 6).reduce((a, b) => a + b, 0) ?? 0);

test("row and neuron differ over the output alone: rows are outputs, columns are neurons", () => {
  expect(outputRows(draw(recurrent, "output", { strategy: "row", count: 6 }).get("output")).toSorted((a, b) => a - b)).toEqual([0, 0, 6]);
  expect(outputRows(draw(recurrent, "output", { strategy: "neuron", count: 6 }).get("output"))).toEqual([2, 2, 2]);
});

test("neuron over a dense layer and the next takes incoming and outgoing weights of hidden units", () => {
  const masks = draw(deep, "layer.{0,1}.weight", { strategy: "neuron", count: 10 });
  const units = Array.from({ length: 5 }, (_unit, i) => {
    const incoming = masks.get("layer.0.weight")?.subarray(i * 4, i * 4 + 4) ?? [];
    const outgoing = Array.from({ length: 6 }, (_, j) => masks.get("layer.1.weight")?.[j * 5 + i] ?? 0);
    return [...incoming, ...outgoing].reduce((a, b) => a + b, 0);
  });
  expect(units.sort((a, b) => b - a)).toEqual([10, 0, 0, 0, 0]);
});

test.for(strategies.filter((name) => name !== "neuron"))("%s over kernels and a dense layer trains exactly the count", (strategy) => {
  for (const count of [0, 1, 41, 129]) expect(total(draw(convolutional, "layer.*.weight", { strategy, count }))).toBe(count); // 45 + 60 + 24
});

test.for([
  { says: "the next", first: 0, channels: 5, kernel: 9, readers: 3 * 4 },
  { says: "a dense layer", first: 1, channels: 3, kernel: 20, readers: 2 * 4 },
])("neuron over a convolution and $says takes a channel's kernel and all weights that read the channel", ({ first, channels, kernel, readers }) => {
  const masks = draw(convolutional, `layer.{${first},${first + 1}}.weight`, { strategy: "neuron", count: 2 * (kernel + readers) });
  const [own = [], next = []] = [first, first + 1].map((index) => Array.from(masks.get(`layer.${index}.weight`) ?? []));
  const taken = Array.from({ length: channels }, (_channel, i) => {
    const reading = next.filter((_entry, at) => at % channels === i);
    return [...own.slice(i * kernel, (i + 1) * kernel), ...reading].reduce((a, b) => a + b, 0);
  });
  expect(taken.toSorted((a, b) => b - a)).toEqual([kernel + readers, kernel + readers, ...Array.from({ length: channels - 2 }, () => 0)]);
});

test("fraction is rounded to whole entries and cap trains a scope that is too small", () => {
  expect(total(draw(recurrent, "output", { strategy: "uniform", fraction: 0.25 }))).toBe(5);
  expect(total(draw(recurrent, "output", { strategy: "spread", count: 40, cap: true }))).toBe(18);
});

test("perRow and perCol train the same number in every line", () => {
  const byRow = draw(recurrent, "recurrent", { strategy: "perRow", perUnit: 2 }).get("recurrent") ?? new Uint8Array();
  for (let i = 0; i < 6; i++) expect(byRow.subarray(i * 6, i * 6 + 6).reduce((a, b) => a + b, 0)).toBe(2);
  const byColumn = draw(recurrent, "output", { strategy: "perCol", perUnit: 1 }).get("output") ?? new Uint8Array();
  for (let j = 0; j < 6; j++) expect([0, 6, 12].reduce((a, at) => a + byColumn[at + j]!, 0)).toBe(1);
});

test("bernoulli draws every entry by itself", () => {
  const { length } = [
    ...draw(mlp({ sizes: [100, 100, 2], activation: "relu", bias: false }), "layer.0", { strategy: "bernoulli", fraction: 0.3 }).values(),
  ].flatMap((mask) => [...mask].filter((on) => on === 1));
  expect(length).toBeGreaterThan(2850); // 3,000 ± 3.3 standard deviations of 45.8
  expect(length).toBeLessThan(3150);
});

test("matrix spends everything in the named tensors, split shares it out", () => {
  const only = draw(recurrent, "*", { strategy: "matrix", tensors: ["recurrent"], inner: "row", count: 8 });
  expect([...only].map(([name, mask]) => [name, mask.reduce((a, b) => a + b, 0)])).toEqual([
    ["input", 0],
    ["recurrent", 8],
    ["output", 0],
  ]);
  const shared = draw(recurrent, "*", { strategy: "split", weights: { input: 1, output: 3 }, inner: "spread", count: 16 });
  expect([...shared].map(([name, mask]) => [name, mask.reduce((a, b) => a + b, 0)])).toEqual([
    ["input", 4],
    ["recurrent", 0],
    ["output", 12],
  ]);
});

test.for<{ over: NonNullable<Extract<Rule, { perUnit: number }>["over"]>; want: Record<string, number> }>([
  { over: { strategy: "rowScale" }, want: { "layer.0.weight:scale": 5, "layer.1.weight:scale": 6 } },
  { over: { strategy: "colScale" }, want: { "layer.0.weight:scale": 4, "layer.1.weight:scale": 5 } },
  {
    over: { strategy: "lowRank", rank: 2 },
    want: { "layer.0.weight:left": 10, "layer.0.weight:right": 8, "layer.1.weight:left": 12, "layer.1.weight:right": 10 },
  },
  { over: { strategy: "mixRandom", rank: 3 }, want: { "layer.0.weight:right": 12, "layer.1.weight:right": 15 } },
  { over: { strategy: "factor", rank: 2 }, want: { "layer.0.weight:core": 16, "layer.1.weight:core": 16 } },
  {
    over: { strategy: "factor", rank: 1, multiplier: 0.1 },
    want: { "layer.0.weight:core": 4, "layer.0.weight:right": 8, "layer.1.weight:left": 12, "layer.1.weight:core": 4 },
  },
])("a mask over $over chooses exactly its count from all that is trained of it", ({ over, want }) => {
  const size = Object.values(want).reduce((a, b) => a + b, 0);
  for (const strategy of strategies.filter((name) => name !== "neuron")) {
    const masks = draw(deep, "layer.{0,1}", { strategy, count: 7, over });
    expect(Object.fromEntries([...masks].map(([name, { length }]) => [name, length]))).toEqual(want);
    expect(total(masks)).toBe(7);
    expect(total(draw(deep, "layer.{0,1}", { strategy, count: size + 1, cap: true, over }))).toBe(size);
  }
});

test("matrix and split name what a mask is over by its parts, perRow counts in their rows", () => {
  const over = { strategy: "lowRank", rank: 2 } as const;
  const only = draw(deep, "layer.0", { strategy: "matrix", tensors: ["*:left"], inner: "row", count: 4, over });
  expect(["left", "right"].map((part) => only.get(`layer.0.weight:${part}`)?.reduce((a, b) => a + b, 0))).toEqual([4, 0]);
  const shared = draw(deep, "layer.0", { strategy: "split", weights: { "*:left": 1, "*:right": 2 }, count: 9, over });
  expect(["left", "right"].map((part) => shared.get(`layer.0.weight:${part}`)?.reduce((a, b) => a + b, 0))).toEqual([3, 6]);
  expect(total(draw(deep, "layer.0", { strategy: "perRow", perUnit: 1, over }))).toBe(5 + 2);
});

test.for<{ says: string; model: ModelFunction; pattern: string; rule: Rule; want: RegExp }>([
  {
    says: "above the scope",
    model: recurrent,
    pattern: "output",
    rule: { strategy: "row", count: 19 },
    want: /^allocation\.output\.count: 19 is more than the 18 entries .*output 3×6.*cap: true/,
  },
  {
    says: "of neurons without a common axis",
    model: deep,
    pattern: "*",
    rule: { strategy: "neuron", count: 5 },
    want: /neuron is undefined over .*layer\.2\.weight/,
  },
  {
    says: "on a tensor outside the scope",
    model: recurrent,
    pattern: "output",
    rule: { strategy: "matrix", tensors: ["input"], count: 2 },
    want: /input is none of the scope's tensors/,
  },
  {
    says: "above what it is over",
    model: deep,
    pattern: "layer.0",
    rule: { strategy: "spread", count: 6, over: { strategy: "rowScale" } },
    want: /^allocation\.layer\.0\.count: 6 is more than the 5 entries .*layer\.0\.weight:scale 5/,
  },
  {
    says: "over a rank that is too high",
    model: recurrent,
    pattern: "output",
    rule: { strategy: "uniform", count: 2, over: { strategy: "lowRank", rank: 4 } },
    want: /^allocation\.output\.over\.rank: 4 is more than the 3 that output \(3×6\) can have/,
  },
  {
    says: "of neurons over what has none",
    model: recurrent,
    pattern: "*",
    rule: { strategy: "neuron", count: 2, over: { strategy: "rowScale" } },
    want: /neuron is undefined over input:scale 6, recurrent:scale 6, output:scale 3/,
  },
  {
    says: "per row above its width",
    model: recurrent,
    pattern: "input",
    rule: { strategy: "perRow", perUnit: 3 },
    want: /perUnit: 3 is more than the 2 entries/,
  },
  {
    says: "that no tensor matches",
    model: recurrent,
    pattern: "layer.0",
    rule: { strategy: "row", count: 3 },
    want: /governs no tensor.*input, recurrent, output/,
  },
  {
    says: "with a bias the model lacks",
    model: recurrent,
    pattern: "input",
    rule: { strategy: "rowScale", bias: true },
    want: /allocation\.input\.bias: is true and the model has no bias/,
  },
])("a rule $says is refused", ({ model, pattern, rule, want }) => {
  expect(() => draw(model, pattern, rule)).toThrow(StudyError);
  expect(() => draw(model, pattern, rule)).toThrow(want);
});
