import type { Probe as ProbeRule, StudyInput } from "@allot/spec";
import { expect, test } from "vitest";
import { StudyError } from "../errors.ts";
import { setupOf, thrown, train } from "../testing/studies.ts";
import type { View } from "./probe.ts";
import { type TrajectoryRule, trajectory } from "./trajectory.ts";

const measured = [
  { step: 0, metrics: { "train.loss": 2, "validation.loss": 2.1, "validation.accuracy": 0.1 } },
  { step: 5, metrics: { "train.loss": 0.9, "validation.loss": 0.5, "validation.accuracy": 0.7 } },
  { step: 9, metrics: { "train.loss": 0.2, "validation.loss": 0.8, "validation.accuracy": 0.8 } },
];

const ask = (rule: TrajectoryRule): Record<string, number> => trajectory(rule).measure!({ measured } as unknown as View);

test.for<{ says: string; rule: TrajectoryRule; want: Record<string, number> }>([
  {
    says: "a value at a step",
    rule: { kind: "valueAt", metric: "validation.loss", step: 5 },
    want: { "validation.loss.at.5": 0.5 },
  },
  { says: "no value at a step that was not measured", rule: { kind: "valueAt", metric: "validation.loss", step: 6 }, want: {} },
  {
    says: "steps until a loss",
    rule: { kind: "stepsTo", metric: "train.loss", threshold: 1, direction: "below" },
    want: { "stepsTo.train.loss": 5 },
  },
  {
    says: "steps until an accuracy",
    rule: { kind: "stepsTo", metric: "validation.accuracy", threshold: 0.75, direction: "above", as: "learnt" },
    want: { learnt: 9 },
  },
  { says: "nothing for what is never reached", rule: { kind: "stepsTo", metric: "train.loss", threshold: 0.1, direction: "below" }, want: {} },
  {
    says: "a value at equal training loss",
    rule: { kind: "matched", metric: "validation.loss", reference: "train.loss", threshold: 1 },
    want: { "matched.validation.loss": 0.5 },
  },
  {
    says: "how far the end is above the minimum",
    rule: { kind: "finalOverMinimum", metric: "validation.loss" },
    want: { "finalOverMinimum.validation.loss": 1.6 },
  },
])("$says", ({ rule, want }) => {
  expect(ask(rule)).toEqual(want);
});

const study: StudyInput = {
  data: { kind: "feedForwardTeacher", split: { train: 40, validation: 20, test: 0 } },
  model: { kind: "mlp", hidden: [6], inputs: 4, outputs: 2 },
  optimizer: { kind: "adam", learningRate: 0.01, steps: 30 },
};

test("a training is measured where it is asked to be, before its first update too, and its probes read that", () => {
  const probes: ProbeRule[] = [{ kind: "valueAt", metric: "validation.loss", step: 0 }];
  const { curves, finals } = train({ ...study, measureAt: [10, 0, 10], probes }, { replicates: 1 });
  const plain = train(study, { replicates: 1 });
  expect(curves[0]).toHaveLength(3);
  expect(finals[0]!["validation.loss.at.0"]).toBe(curves[0]![0]!["validation.loss"]);
  expect(finals[0]!["validation.loss"]).toBe(plain.finals[0]!["validation.loss"]);
  expect(curves[0]![0]!["validation.loss"]).not.toBe(finals[0]!["validation.loss"]);
});

test("a step after the last one is refused", () => {
  const error = thrown(() => train({ ...study, measureAt: [31] }, { replicates: 1 }));
  expect(error).toBeInstanceOf(StudyError);
  expect(error).toHaveProperty("message", "measureAt: 31 is more than the 30 updates of this training: leave it out");
});

test("two probes of one name are refused", () => {
  expect(() =>
    setupOf({
      ...study,
      probes: [
        { kind: "finalOverMinimum", metric: "a" },
        { kind: "finalOverMinimum", metric: "a" },
      ],
    }),
  ).toThrow(/another probe reports finalOverMinimum.a already/);
});
