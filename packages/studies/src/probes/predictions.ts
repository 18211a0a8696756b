import type { Probe as ProbeRule } from "@allot/spec";
import { exp } from "@allot/tensor";
import { StudyError } from "../errors.ts";
import type { Exampled } from "../problems/problem.ts";
import { outputsOf } from "../problems/supervised.ts";
import type { Probe } from "./probe.ts";

type PredictionRule = Extract<ProbeRule, { kind: "calibration" | "worstClass" }>;

/** A row's first largest logit, and softmax's share of it. */
interface Choice {
  readonly right: boolean;
  readonly confidence: number;
  readonly label: number;
}

const choicesOf = (logits: ArrayLike<number>, labels: ArrayLike<number>, classes: number): Choice[] =>
  Array.from({ length: labels.length }, (_, row) => {
    const own = Array.from({ length: classes }, (__, j) => logits[row * classes + j]!);
    const largest = Math.max(...own);
    const sum = own.reduce((total, logit) => total + exp(logit - largest), 0);
    return { right: own.indexOf(largest) === labels[row], confidence: 1 / sum, label: labels[row]! };
  });

const calibrationError = (choices: readonly Choice[], bins: number): number => {
  const binned = Map.groupBy(choices, ({ confidence }) => Math.min(bins - 1, Math.floor(confidence * bins)));
  return [...binned.values()].reduce(
    (sum, bin) => sum + Math.abs(bin.reduce((gap, { right, confidence }) => gap + (right ? 1 : 0) - confidence, 0)) / choices.length,
    0,
  );
};

const worstClassAccuracy = (choices: readonly Choice[]): number => {
  const classes = [...Map.groupBy(choices, ({ label }) => label).values()];
  return Math.min(...classes.map((own) => own.filter(({ right }) => right).length / own.length));
};

/** What the final model's predictions on a part are like, beside how many are right. */
export const predictions = (rule: PredictionRule, examples: Exampled | undefined): Probe => {
  const { part } = rule;
  if (examples?.classified === undefined) throw new StudyError("probes", `${rule.kind} looks at predicted classes, and the data has none: leave it out`);
  if (examples.count(part) === 0)
    throw new StudyError("probes", `${rule.kind} looks at the ${part} part, and that is empty: name another, or change data.split`);
  const { model, classified, of } = examples;
  return {
    when: "end",
    trace: (t, tensors) => ({ logits: outputsOf(t, model, { tensors, inputs: of(t, part).inputs }) }),
    measure: (view) => {
      const choices = choicesOf(view.output("logits"), classified.labels(part), model.outputs);
      return rule.kind === "calibration"
        ? { [`${part}.calibrationError`]: calibrationError(choices, rule.bins) }
        : { [`${part}.worstClassAccuracy`]: worstClassAccuracy(choices) };
    },
  };
};
