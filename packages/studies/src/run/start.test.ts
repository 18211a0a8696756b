import type { StudyInput } from "@allot/spec";
import { deriveKey } from "@allot/tensor";
import { expect, test } from "vitest";
import { teacherExamples } from "../data/feed-forward-teacher.ts";
import { teacherDraw } from "../initialiser/initialiser.ts";
import { modelOf } from "../models/model.ts";
import { epochOrder } from "../optimisers/order.ts";
import { mean, setupOf } from "../testing/studies.ts";
import { planOf } from "./plan.ts";
import { startingAlike, startOf } from "./start.ts";

/** Every weight of this network is 20×20, so that draws from one key would show. */
const study = (allocation: StudyInput["allocation"] = {}): StudyInput => ({
  data: { kind: "feedForwardTeacher", split: { train: 20, validation: 20, test: 20 } },
  model: { kind: "mlp", hidden: [20, 20], inputs: 20, outputs: 20, activation: "linear", bias: false },
  allocation,
  optimizer: { kind: "gd", learningRate: 0.1, steps: 5, batch: 10 },
});

const centred = (values: ArrayLike<number>): number[] => {
  const list = Array.from(values);
  const middle = mean(list);
  return list.map((value) => value - middle);
};

const product = (x: readonly number[], y: readonly number[]): number => x.reduce((sum, value, i) => sum + value * y[i]!, 0);

/** Pearson's correlation; of 400 independent numbers it exceeds 0.25 once in two million. */
const correlation = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  const [x, y] = [centred(a), centred(b)];
  return product(x, y) / Math.sqrt(product(x, x) * product(y, y));
};

/** Pairs of draws that are not independent. */
const related = (draws: Readonly<Record<string, ArrayLike<number>>>): string[] => {
  const list = Object.entries(draws);
  return list.flatMap(([name, values], i) =>
    list.slice(0, i).flatMap(([other, others]) => (Math.abs(correlation(values, others)) < 0.25 ? [] : [`${name} and ${other}`])),
  );
};

const started = (allocation: StudyInput["allocation"], replicate = 0) => {
  const setup = setupOf(study(allocation), replicate);
  return startOf(planOf([setup], undefined).problem, setup);
};

const valuesOf = (prefix: string, allocation: StudyInput["allocation"], replicate = 0): Record<string, ArrayLike<number>> =>
  Object.fromEntries([...started(allocation, replicate).parts].map(([name, value]) => [`${prefix} ${replicate} ${name}`, value]));

test("a trial's initial, fixed and teacher's weights and its inputs of every part are drawn from keys of their own, other ones in the next replicate", () => {
  const fixed = { "*": { strategy: "frozen", fixed: {} } } as const;
  const setup = setupOf(study());
  const model = modelOf(setup.study);
  if (model.kind !== "feedForward") throw new Error("no feed-forward model");
  const teacher = model.tensors.map((tensor) => [`teacher ${tensor.name}`, teacherDraw(setup.study, tensor, deriveKey(setup.streams.teacher, tensor.name))]);
  const inputs = ["train", "validation", "test"].map((part) => [part, teacherExamples(model, setup, { part, count: 20 }).inputs.values]);
  const draws = [0, 1].map((replicate) => ({ ...valuesOf("initial", {}, replicate), ...valuesOf("fixed", fixed, replicate) }));
  expect(related({ ...draws[0], ...draws[1], ...Object.fromEntries([...teacher, ...inputs]) })).toEqual([]);
});

test("masks of one trial's scopes differ, and those of the next replicate", () => {
  const rule = { strategy: "uniform", count: 200 } as const;
  const masks = [0, 1].flatMap((replicate) =>
    [...started({ "layer.0": rule, "layer.1": rule, "layer.2": rule }, replicate).masks].map(([name, mask]) => [`${replicate} ${name}`, mask]),
  );
  expect(related(Object.fromEntries(masks))).toEqual([]);
});

test("each stream alone decides what is named after it", () => {
  const rule = { strategy: "uniform", count: 200, fixed: {} } as const;
  const [one, two] = [setupOf(study({ "layer.0": rule }), 0), setupOf(study({ "layer.0": rule }), 1)];
  const start = (streams: Partial<typeof one.streams>) => {
    const setup = { ...one, streams: { ...one.streams, ...streams } };
    return startOf(planOf([setup], undefined).problem, setup);
  };
  const seen = (["mask", "init", "fixed", "teacher", "order", "guide"] as const).map((stream) => {
    const [before, after] = [start({}), start({ [stream]: two.streams[stream] })];
    const differs = (name: string, what: "parts" | "masks"): boolean =>
      Array.from(before[what].get(name)!).join() !== Array.from(after[what].get(name)!).join();
    return [stream, differs("layer.0.weight", "masks"), differs("layer.1.weight", "parts"), differs("layer.0.weight", "parts")];
  });
  expect(seen).toEqual([
    ["mask", true, false, false],
    ["init", false, true, false],
    ["fixed", false, false, true],
    ["teacher", false, false, false],
    ["order", false, false, false],
    ["guide", false, false, false],
  ]);
});

test("arms of a replicate that only train in another way start alike", () => {
  const rule = { strategy: "uniform", count: 200, fixed: {} } as const;
  const arms = [
    study(),
    { ...study(), optimizer: { kind: "none" } } as const,
    study({ "layer.0": rule }),
    { ...study(), initialiser: { "layer.0": { kind: "he" } } } as const,
  ];
  const trials = arms.flatMap((arm) => [setupOf(arm, 0), setupOf(arm, 1)]);
  expect(startingAlike(trials)).toEqual([[0, 2], [1, 3], [4], [5], [6], [7]]);
});

test("every epoch has an order of its own", () => {
  const orders = [0, 1, 2, 3].map((epoch) => epochOrder("00000000000000aa", epoch, 400));
  expect(related(Object.fromEntries(orders.map((order, epoch) => [`epoch ${epoch}`, order])))).toEqual([]);
});
