import { expect, test } from "vitest";
import { expand } from "./expand.ts";
import type { Expansion } from "./expansion.ts";
import { studyOf } from "./study.ts";
import { sweepOf } from "./testing/sweeps.ts";

const activations = { name: "model.activation", values: ["relu", "tanh"] };
const batches = { name: "optimizer.batch", values: [16, 32, 64] };
const rates = { name: "optimizer.learningRate", role: "tuned", values: [0.001, 0.01] };
const names = (expansion: Expansion) => Array.from({ length: expansion.arms }, (_unused, arm) => expansion.armAt(arm).name);

test("no parameters are one arm called all, its own control", () => {
  const expansion = expand(sweepOf({ replicates: { count: 3 } }));
  expect(expansion).toMatchObject({ trials: 3, cells: 1, arms: 1 });
  expect(expansion.armAt(0)).toEqual({ index: 0, labels: {}, name: "all", baseline: true, cells: 1 });
  expect([...expansion.cellsOf(0)]).toEqual([{ labels: {}, firstTrial: 0 }]);
  expect(expansion.trialAt(2)).toMatchObject({ index: 2, replicate: 2, arm: 0, labels: {} });
});

test("numbers outside the index space are refused", () => {
  const expansion = expand(sweepOf({ parameters: [batches] }));
  for (const index of [-1, 3, 0.5, Number.NaN]) {
    expect(() => expansion.trialAt(index)).toThrow(RangeError);
    expect(() => expansion.armAt(index)).toThrow(RangeError);
  }
});

test("zipped parameters move together, also where one of them repeats a value", () => {
  const zip = [
    { name: "optimizer.batch", values: [64, 64, 256] },
    { name: "optimizer.steps", values: [5, 10, 10] },
  ];
  const expansion = expand(sweepOf({ parameters: [{ zip }], constraints: ["optimizer.batch < 256 || optimizer.steps == 5"] }));
  expect(names(expansion)).toEqual(["optimizer.batch=64, optimizer.steps=5", "optimizer.batch=64, optimizer.steps=10"]);
  expect(expansion.indexOf({ "optimizer.batch": 64, "optimizer.steps": 10 }, 0)).toBe(1);
  expect(expansion.indexOf({ "optimizer.batch": 64 }, 0)).toBeUndefined();
  expect(studyOf(expansion, expansion.trialAt(1)).optimizer).toMatchObject({ batch: 64, steps: 10 });
});

test("a baseline that leaves factors out keeps the arm's own values: one control for each of them", () => {
  const expansion = expand(sweepOf({ parameters: [activations, batches, rates], baseline: { "model.activation": "relu" } }));
  const pairs = names(expansion).map((name, arm) => `${name} -> ${expansion.armAt(expansion.controlOf(arm)).name}`);
  expect(pairs).toContain("model.activation=tanh, optimizer.batch=32 -> model.activation=relu, optimizer.batch=32");
  expect(new Set(names(expansion).map((_name, arm) => expansion.controlOf(arm))).size).toBe(3);
});

test("an arm whose control a constraint drops is named, with the rule", () => {
  const sweep = sweepOf({
    parameters: [activations, batches],
    constraints: ["optimizer.batch != 16 || model.activation == 'tanh'"],
    baseline: { "model.activation": "relu", "optimizer.batch": 16 },
  });
  expect(() => expand(sweep)).toThrow(
    `the arm model.activation=relu, optimizer.batch=32 has no control: it would be model.activation=relu, optimizer.batch=16, and "optimizer.batch != 16 || model.activation == 'tanh'" drops it`,
  );
});

test("a control that brings a parameter to life needs its value in the baseline", () => {
  const conditional = { name: "optimizer.batch", values: [16, 32], when: "model.activation == 'relu'" };
  const given = (baseline: object) => sweepOf({ parameters: [activations, conditional], baseline });
  expect(() => expand(given({ "model.activation": "relu" }))).toThrow("add optimizer.batch to the baseline");
  const expansion = expand(given({ "model.activation": "relu", "optimizer.batch": 32 }));
  expect(names(expansion).map((_name, arm) => expansion.armAt(expansion.controlOf(arm)).name)).toEqual(
    Array(3).fill("model.activation=relu, optimizer.batch=32"),
  );
});

test("a block that only the arm has is refused", () => {
  const blocks = { ...batches, role: "blocked" };
  const sweep = sweepOf({
    parameters: [activations, blocks],
    constraints: ["optimizer.batch > 16 || model.activation == 'tanh'"],
    baseline: { "model.activation": "relu" },
  });
  expect(() => expand(sweep)).toThrow("the arm model.activation=tanh has no control in the block optimizer.batch=16");
});

test("cells differ from arm to arm where a rule joins tuned and compared parameters", () => {
  const sweep = sweepOf({ parameters: [activations, { ...rates, when: "model.activation == 'relu'" }, batches], replicates: { count: 2 } });
  const expansion = expand(sweep);
  expect(names(expansion).map((_name, arm) => expansion.armAt(arm).cells)).toEqual([2, 2, 2, 1, 1, 1]);
  expect([...expansion.cellsOf(0)].map(({ labels }) => labels)).toEqual([{ "optimizer.learningRate": 0.001 }, { "optimizer.learningRate": 0.01 }]);
  expect([...expansion.cellsOf(3)].map(({ labels }) => labels)).toEqual([{}]);
});

test("oneFactorAtATime is the baseline and every single departure from it", () => {
  const parameters = [activations, batches, rates];
  const baseline = { "model.activation": "tanh", "optimizer.batch": 32 };
  const expansion = expand(sweepOf({ parameters, design: "oneFactorAtATime", baseline }));
  expect(names(expansion).toSorted()).toEqual([
    "model.activation=relu, optimizer.batch=32",
    "model.activation=tanh, optimizer.batch=16",
    "model.activation=tanh, optimizer.batch=32",
    "model.activation=tanh, optimizer.batch=64",
  ]);
  expect(expansion.trials).toBe(8);
  expect(expansion.indexOf({ "model.activation": "relu", "optimizer.batch": 16, "optimizer.learningRate": 0.01 }, 0)).toBeUndefined();
  const controls = names(expansion).map((_name, arm) => expansion.armAt(expansion.controlOf(arm)).name);
  expect(new Set(controls)).toEqual(new Set(["model.activation=tanh, optimizer.batch=32"]));
});

test("a departure that brings a factor to life takes all its values, or the baseline's", () => {
  const parameters = [activations, { ...batches, when: "model.activation == 'relu'" }];
  const arms = (baseline: object) => names(expand(sweepOf({ parameters, design: "oneFactorAtATime", baseline })));
  expect(arms({ "model.activation": "tanh" })).toHaveLength(4);
  expect(arms({ "model.activation": "tanh", "optimizer.batch": 16 })).toEqual(["model.activation=relu, optimizer.batch=16", "model.activation=tanh"]);
});

test("thirty switches one at a time are 31 arms", () => {
  const parameters = Array.from({ length: 30 }, (_unused, at) => ({ name: `switch${at}`, path: `optimizer.multipliers.w${at}`, values: [1, 0] }));
  const baseline = Object.fromEntries(parameters.map(({ name }) => [name, 1]));
  expect(expand(sweepOf({ parameters, design: "oneFactorAtATime", baseline })).arms).toBe(31);
  expect(expand(sweepOf({ parameters, baseline })).arms).toBe(2 ** 30);
});

const spread = (name: string, count: number, path = `optimizer.multipliers.${name}`) => ({ name, path, linspace: { from: 0.5, to: 1, count } });

test("a billion points with two constraints and a condition are counted exactly, and every trial is found again", () => {
  const parameters = [spread("a", 1000), spread("b", 1000), spread("c", 100), activations, { ...spread("d", 10), when: "model.activation == 'tanh'" }];
  const sweep = sweepOf({ parameters, constraints: ["a > 0.5", "c > 0.5 || model.activation == 'relu'"], replicates: { count: 2 } });
  const expansion = expand(sweep);
  const kept = 999 * 1000 * (100 + 99 * 10);
  expect(expansion.cells).toBe(kept);
  expect(expansion.dropped.map(({ count }) => count)).toEqual([1000 * (100 + 100 * 10), 999 * 1000 * 10]);
  for (let sample = 0; sample < 1000; sample++) {
    const index = Math.floor((sample * expansion.trials) / 1000) + sample;
    const { labels, replicate, arm } = expansion.trialAt(index);
    expect(expansion.indexOf(labels, replicate)).toBe(index);
    expect(expansion.armOf(index)).toBe(arm);
  }
});

test("a rule that joins more than a million points is refused before any of them is evaluated, naming rule and axes", () => {
  const parameters = [spread("a", 1000), spread("b", 1000), spread("c", 1000)];
  expect(() => expand(sweepOf({ parameters, constraints: ["a + b + c < 2.0 && 1 / 0 == 1"] }))).toThrow(
    `"a + b + c < 2.0 && 1 / 0 == 1" joins the axes a (1000), b (1000), c (1000) into 1,000,000,000 points; at most 1,000,000 points can be joined`,
  );
});

test("conditions that exclude each other make few points of a large product", () => {
  const kinds = ["relu", "tanh", "sigmoid", "linear"];
  const nested = kinds.flatMap((kind) => ["x", "y"].map((part) => ({ ...spread(`${kind}_${part}`, 10), when: `model.activation == '${kind}'` })));
  expect(expand(sweepOf({ parameters: [{ name: "model.activation", values: kinds }, ...nested] })).cells).toBe(400);
  const many = nested.map((parameter) => ({ ...parameter, ...spread(parameter.name, 1000) }));
  expect(() => expand(sweepOf({ parameters: [{ name: "model.activation", values: kinds }, ...many] }))).toThrow("at most 1,000,000 points can be joined");
});

test("a rule with long nested lists is refused for the time it would take", () => {
  const rule = `[${"1,".repeat(200)}1].all(i, [${"1,".repeat(200)}1].all(j, i == j && a > 0.0 && b > 0.0))`;
  expect(() => expand(sweepOf({ parameters: [spread("a", 1000), spread("b", 1000)], constraints: [rule] }))).toThrow("would be evaluated 1,000,000 times");
});

test("more trials than a number can hold are refused", () => {
  const parameters = ["a", "b", "c"].map((name) => spread(name, 1_000_000));
  expect(() => expand(sweepOf({ parameters }))).toThrow("1,000,000,000,000,000,000 trials; at most 2^53 − 1 can be numbered");
});

test("a rule that is never true leaves nothing, and the sweep is refused", () => {
  expect(() => expand(sweepOf({ parameters: [activations], constraints: ["false"] }))).toThrow('the constraints drop every point; "false" drops 2');
});

test("a value the study does not take is named with its parameter", () => {
  const expansion = expand(sweepOf({ parameters: [{ name: "model.hidden", values: [[8], ["wide"]] }] }));
  expect(() => studyOf(expansion, expansion.trialAt(1))).toThrow('with model.hidden=["wide"]: trainer.study.model.hidden[0]');
});

test("a parameter inside another's value is set after it, whatever the order in the manifest", () => {
  const parameters = [
    { name: "gain", path: "allocation.layer.0.fixed.gain", values: [0.5, 2] },
    { name: "unit", path: "allocation.layer.0", values: [{ label: "half", value: { strategy: "rowScale", fixed: { gain: 1 } } }] },
  ];
  const expansion = expand(sweepOf({ parameters }));
  expect(studyOf(expansion, expansion.trialAt(1)).allocation).toMatchObject({ "layer.0": { strategy: "rowScale", fixed: { gain: 2 } } });
});
