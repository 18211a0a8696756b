import type { StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { compose } from "../compose.ts";
import { setupOf } from "../testing/studies.ts";
import { scheduled } from "./schedule.ts";

type Optimizer = NonNullable<StudyInput["optimizer"]>;

const others = { input: { strategy: "frozen" }, recurrent: { strategy: "frozen" } } as const;

/** A model of one weight w on M* : the loss is (w/m − 1)², so every update can be followed by hand. */
const scalar = (optimizer: Optimizer, more: Partial<StudyInput> = {}): StudyInput => ({
  data: { kind: "linearRnnTeacher", steps: 1 },
  model: { kind: "linearRnn", hidden: 1, inputs: 1, outputs: 1 },
  allocation: others,
  initialiser: { input: { kind: "ones" }, output: { kind: "ones" } },
  optimizer,
  dtype: "f64",
  ...more,
});

/** The weight after each of the first `count` updates. */
const weightsOf = (study: StudyInput, count: number): number[] => {
  const run = compose({ trials: [setupOf(study)], dataset: undefined, engine: "reference" });
  const weights = Array.from({ length: count }, (_, i) => {
    run.advance(0, i + 1);
    return run.tensors(0)["output"]!.values[0]!;
  });
  run.close();
  return weights;
};

/** d/dw of (w/m − 1)². */
const slope = (w: number, m: number): number => (2 * (w / m - 1)) / m;

type Rule = (state: { w: number; v: number; m: number }, g: number, step: number) => void;

test.for<{ says: string; optimizer: Optimizer; rule: Rule; more?: Partial<StudyInput> }>([
  { says: "gradient descent", optimizer: { kind: "gd", learningRate: 0.1, steps: 9 }, rule: (s, g) => (s.w -= 0.1 * g) },
  {
    says: "gradient descent with decay",
    optimizer: { kind: "gd", learningRate: 0.1, weightDecay: 0.5, steps: 9 },
    rule: (s, g) => (s.w -= 0.1 * (g + 0.5 * s.w)),
  },
  {
    says: "gradient descent with l2",
    optimizer: { kind: "gd", learningRate: 0.1, steps: 9 },
    more: { objective: { l2: 0.5 } },
    rule: (s, g) => (s.w -= 0.1 * (g + 0.5 * s.w)),
  },
  {
    says: "gradient descent with a multiplier",
    optimizer: { kind: "gd", learningRate: 0.1, multipliers: { "*": 9, "out*": 0.5 }, steps: 9 },
    rule: (s, g) => (s.w -= 0.05 * g),
  },
  {
    says: "a cosine schedule",
    optimizer: { kind: "gd", learningRate: 0.1, schedule: "cosine", steps: 4 },
    rule: (s, g, step) => (s.w -= 0.05 * (1 + [Math.SQRT1_2, 0, -Math.SQRT1_2, -1][step - 1]!) * g),
  },
  {
    says: "momentum",
    optimizer: { kind: "momentum", learningRate: 0.1, momentum: 0.5, steps: 9 },
    rule: (s, g) => {
      s.v = 0.5 * s.v + g;
      s.w -= 0.1 * s.v;
    },
  },
  {
    says: "momentum with decay in the velocity",
    optimizer: { kind: "momentum", learningRate: 0.1, momentum: 0.5, weightDecay: 0.5, steps: 9 },
    rule: (s, g) => {
      s.v = 0.5 * s.v + g + 0.5 * s.w;
      s.w -= 0.1 * s.v;
    },
  },
  {
    says: "gradient descent on a mask's change, which alone decays",
    optimizer: { kind: "gd", learningRate: 0.1, weightDecay: 0.5, steps: 9 },
    more: { allocation: { ...others, output: { strategy: "uniform", count: 1 } } },
    rule: (s, g) => (s.w -= 0.1 * (g + 0.5 * (s.w - 1))),
  },
  {
    says: "RMSProp with decay in the gradient",
    optimizer: { kind: "rmsprop", learningRate: 0.1, decay: 0.8, weightDecay: 0.5, steps: 9 },
    rule: (s, g) => {
      const decayed = g + 0.5 * s.w;
      s.v = 0.8 * s.v + 0.2 * decayed * decayed;
      s.w -= (0.1 * decayed) / (Math.sqrt(s.v) + 1e-8);
    },
  },
  ...([0, 0.5] as const).flatMap((weightDecay) =>
    (["adam", "adamw"] as const).map((kind) => ({
      says: `${kind} with decay ${weightDecay}`,
      optimizer: { kind, learningRate: 0.1, weightDecay, steps: 9 } as const,
      rule: (s: { w: number; v: number; m: number }, g: number, step: number) => {
        const decayed = kind === "adam" ? g + weightDecay * s.w : g;
        s.m = 0.9 * s.m + 0.1 * decayed;
        s.v = 0.999 * s.v + 0.001 * decayed * decayed;
        const size = (0.1 * Math.sqrt(1 - 0.999 ** step)) / (1 - 0.9 ** step);
        s.w -= (size * s.m) / (Math.sqrt(s.v) + 1e-8) + (kind === "adamw" ? 0.1 * weightDecay * s.w : 0);
      },
    })),
  ),
])("$says makes the updates of its definition", ({ optimizer, rule, more }) => {
  const [target] = weightsOf(scalar({ kind: "leastSquares" }), 1);
  const steps = "steps" in optimizer ? (optimizer.steps ?? 0) : 0;
  const weights = weightsOf(scalar(optimizer, more), steps);
  const state = { w: 1, v: 0, m: 0 };
  for (const [i, weight] of weights.entries()) {
    rule(state, slope(state.w, target!), i + 1);
    expect(weight).toBeCloseTo(state.w, 10);
  }
});

test("a cosine schedule starts near the rate and ends at zero", () => {
  expect(scheduled("cosine", 1, 1000)).toBeCloseTo(1, 5);
  expect(scheduled("cosine", 500, 1000)).toBeCloseTo(0.5, 12);
  expect(scheduled("cosine", 1000, 1000)).toBeCloseTo(0, 12);
  expect(scheduled("constant", 7, 9)).toBe(1);
});

const kinds = ["gd", "momentum", "adam", "adamw", "rmsprop"] as const;
const strategies = [
  { strategy: "full" },
  { strategy: "uniform", count: 1 },
  { strategy: "rowScale" },
  { strategy: "colScale" },
  { strategy: "lowRank", rank: 1 },
] as const;

test.for(kinds.flatMap((kind) => strategies.map((output) => ({ kind, strategy: output.strategy, output }))))(
  "$kind with $strategy takes a multiplier as a factor on the rate, and a cosine schedule as a rate that ends at zero",
  ({ kind, output }) => {
    const weights = (learningRate: number, more: { multipliers?: Record<string, number>; schedule?: "cosine" } = {}): number[] =>
      weightsOf(scalar({ kind, learningRate, weightDecay: 0.25, steps: 4, ...more }, { allocation: { ...others, output } }), 4);
    expect(weights(0.1, { multipliers: { "*": 3, output: 0.5 } })).toEqual(weights(0.05));
    expect(weights(0.1, { multipliers: { output: 0 } })).toEqual([1, 1, 1, 1]);
    const [first, , third, last] = weights(0.1, { schedule: "cosine" });
    expect(first).toBeCloseTo(weights(0.1 * 0.5 * (1 + Math.SQRT1_2))[0]!, 12);
    expect(first).not.toBe(1);
    expect(last).toBe(third);
  },
);
