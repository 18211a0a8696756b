import { expect, test } from "vitest";
import { expand } from "./expand.ts";
import { packAt, planPacks } from "./packs.ts";
import { sweepOf } from "./testing/sweeps.ts";

const rates = { name: "optimizer.learningRate", linspace: { from: 0.001, to: 1, count: 1000 } };
const activations = { name: "model.activation", values: ["relu", "tanh"] };

test("a class is cut into four packs a lane, none above 256 trials", () => {
  const expansion = expand(sweepOf({ parameters: [rates, activations] }));
  expect(planPacks(expansion, { lanes: 8 }).classes.map(({ packSize }) => packSize)).toEqual([32, 32]);
  expect(planPacks(expansion, { lanes: 1 }).classes.map(({ packSize }) => packSize)).toEqual([250, 250]);
  expect(planPacks(expand(sweepOf({ parameters: [rates], replicates: { count: 9 } })), { lanes: 1 }).classes[0]?.packSize).toBe(256);
});

test("the size can be given", () => {
  const plan = planPacks(expand(sweepOf({ parameters: [rates, activations] })), { lanes: 8, trialsPerPack: 7 });
  expect(plan.classes.map(({ packSize }) => packSize)).toEqual([7, 7]);
  expect(plan.packs).toBe(2 * 143);
  expect(packAt(plan, 142)).toEqual({ pack: 142, name: "p000142", first: 994, last: 999 });
  expect(packAt(plan, 143)).toEqual({ pack: 143, name: "p000143", first: 1000, last: 1006 });
});

test("a plan survives being copied, and packs outside it are refused", () => {
  const plan = planPacks(expand(sweepOf({ parameters: [rates] })), { lanes: 2 });
  const copy = structuredClone(plan);
  expect(packAt(copy, 3)).toEqual(packAt(plan, 3));
  expect(() => packAt(plan, plan.packs)).toThrow(RangeError);
});

test("a penalty of which only presence shapes the program makes two classes of a thousand values", () => {
  const decays = { name: "optimizer.weightDecay", linspace: { from: 0, to: 0.1, count: 1000 } };
  const { classes } = planPacks(expand(sweepOf({ parameters: [decays] })), { lanes: 1 });
  expect(classes.map(({ firstTrial, trials }) => [firstTrial, trials])).toEqual([
    [0, 1],
    [1, 999],
  ]);
});

test("values that shape the program the same way share a class", () => {
  const units = [0.1, 0.2].map((gain) => ({ label: `half ${gain}`, value: { strategy: "rowScale", fixed: { gain } } }));
  const parameter = { name: "unit", path: "allocation.layer.0", values: [{ label: "full", value: { strategy: "full" } }, ...units] };
  const { classes } = planPacks(expand(sweepOf({ parameters: [rates, parameter] })), { lanes: 1 });
  expect(classes.map(({ trials }) => trials)).toEqual([1000, 2000]);
});
