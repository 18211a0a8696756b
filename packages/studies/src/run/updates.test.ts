import type { StudyInput } from "@allot/spec";
import { createSession } from "@allot/tensor";
import { expect, test } from "vitest";
import { setupOf } from "../testing/studies.ts";
import { alone } from "./evaluate.ts";
import { planOf, sessionOptions } from "./plan.ts";
import { startOf } from "./start.ts";
import { trialRun } from "./trial.ts";

const study = (multiplier: number): StudyInput => ({
  data: { kind: "linearRnnTeacher", steps: 4 },
  model: { kind: "linearRnn", hidden: 4, inputs: 2, outputs: 3 },
  allocation: { "*": { strategy: "factor", rank: 1, multiplier } },
  optimizer: { kind: "gd", learningRate: 0.1, multipliers: { output: 0.5 }, steps: 1 },
});

/** The change of each slot by one update, for each trial of a session. */
const changes = (multipliers: readonly number[]): ReadonlyMap<string, Float64Array>[] => {
  const setups = multipliers.map((multiplier) => setupOf(study(multiplier)));
  const plan = planOf(setups, undefined);
  const session = createSession(sessionOptions(plan, { engine: "reference", trials: setups.length }));
  const slots = plan.parametrised.flatMap((one) => one.slots.map(({ name }) => name));
  const moved = setups.map((setup, trial) => {
    const run = trialRun({ plan, session, trial, setup }, startOf(plan.problem, setup), alone(session, trial));
    const content = (name: string): Float64Array => Float64Array.from(session.view(name, trial));
    const before = new Map(slots.map((name) => [name, content(name)]));
    session.run("step", trial, run.prepare(1));
    return new Map(slots.map((name) => [name, content(name).map((value, i) => value - before.get(name)![i]!)]));
  });
  session.close();
  return moved;
};

const outer = ["input:right", "output:left"];
const cores = ["input:core", "recurrent:core", "output:core"];

test("of factors only the cores and the two ends of the scope learn, the ends at each trial's own multiplier beside the optimiser's", () => {
  const [one, two] = changes([0.25, 0.5]);
  const moving = [...one!].filter(([, change]) => change.some((value) => value !== 0)).map(([name]) => name);
  expect(moving.toSorted()).toEqual([...outer, ...cores].toSorted());
  for (const name of cores) expect(two!.get(name)).toEqual(one!.get(name));
  for (const name of outer) for (const [i, change] of one!.get(name)!.entries()) expect(two!.get(name)![i]).toBeCloseTo(2 * change, 14);
});

test("with multiplier 0 the cores learn as they do with another, and nothing else does", () => {
  const [[none], [some]] = [changes([0]), changes([0.25])];
  expect([...none!].filter(([, change]) => change.some((value) => value !== 0)).map(([name]) => name)).toEqual(cores);
  for (const name of cores) expect(none!.get(name)).toEqual(some!.get(name));
});
