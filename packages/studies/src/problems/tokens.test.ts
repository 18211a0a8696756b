import type { StudyInput } from "@allot/spec";
import { createSession, trace } from "@allot/tensor";
import { expect, test } from "vitest";
import { isTokens } from "../data/tokens.ts";
import { modelOf } from "../models/model.ts";
import type { TokenModel } from "../models/tensors.ts";
import { full } from "../parametrisation/full.ts";
import { parametrised } from "../parametrisation/parametrised.ts";
import { setupOf } from "../testing/studies.ts";
import type { Problem } from "./problem.ts";
import { drawnTokens, type TokenSource } from "./token-source.ts";
import { tokenProblem } from "./tokens.ts";

const study: StudyInput = {
  data: { kind: "copyPaste", vocabulary: 4, length: { from: 1, to: 3 }, split: { train: 30, validation: 0, test: 0 } },
  model: { kind: "rnn", hidden: [5] },
  optimizer: { kind: "none" },
};
const setup = setupOf(study);
const { data } = setup.study;
if (!isTokens(data)) throw new Error("no tokens");
const whole = modelOf(setup.study);
if (whole.kind !== "tokens") throw new Error("no model of tokens");

/** Scalars of the training part, and the logits of all its positions, with weights that are anything. */
const evaluated = (model: TokenModel, source: TokenSource = drawnTokens(data.split, model)) => {
  const problem: Problem = tokenProblem({ model, source, batches: undefined });
  const program = trace((t) => {
    const tensors = new Map(model.tensors.map((tensor) => [tensor.name, parametrised(tensor, full(tensor)).bind(t).effective]));
    return { ...problem.evaluate(t, tensors, "train"), logits: model.forward(t, tensors, source.sequences(t, "train").tokens) };
  });
  const session = createSession({ engine: "reference", programs: { it: program }, trials: 1 });
  for (const { name } of model.tensors) session.view(name, 0).forEach((_, i, view) => view.set([Math.sin(i + name.length)], i));
  problem.fillShared(session);
  problem.fillTrial(session, 0, setup);
  session.invalidate();
  session.run("it", 0);
  const scalars = Object.fromEntries(["loss", "correct", "counted"].map((name) => [name, session.view(`it/${name}`, 0)[0]!]));
  return { scalars, metrics: problem.metrics("train", scalars), read: (name: string) => Array.from(session.view(name, 0)) };
};

test("the loss is the mean over positions that count, and accuracy the share of right first choices there", () => {
  const { scalars, metrics, read } = evaluated(whole);
  const [logits, wanted, weights] = ["it/logits", "train.targets", "train.counted"].map(read);
  let [loss, correct, count] = [0, 0, 0];
  for (const [position, weight] of weights!.entries()) {
    if (weight === 0) continue;
    const row = logits!.slice(position * 4, (position + 1) * 4);
    loss += Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[wanted![position]!]!;
    if (row.indexOf(Math.max(...row)) === wanted![position]) correct++;
    count++;
  }
  expect(scalars["counted"]).toBe(count);
  expect(scalars["loss"]).toBeCloseTo(loss / count, 10);
  expect(metrics).toEqual({ loss: scalars["loss"], accuracy: correct / count });
});

test.each([1, 4, 29, 30, 100])("sequences evaluated %d at a time have the metrics of all at once", (rowsAtOnce) => {
  const [blocks, all] = [evaluated({ ...whole, rowsAtOnce }), evaluated(whole)];
  expect(blocks.scalars["loss"]).toBeCloseTo(all.scalars["loss"]!, 12);
  expect(blocks.metrics["accuracy"]).toBe(all.metrics["accuracy"]);
});

/** Windows of one text for all trials, each token to be foretold from those before it. */
const windowsOf = (text: readonly number[], { length, windows }: { length: number; windows: number }): TokenSource => {
  const from = (shift: number): number[] => Array.from({ length: windows * length }, (_, at) => text[Math.floor(at / length) + (at % length) + shift]!);
  return {
    count: () => windows,
    sequences: (t) => ({
      tokens: t.shared("tokens", [windows, length], "index"),
      targets: t.shared("targets", [windows, length], "index"),
      counted: undefined,
    }),
    fillShared: (session) => {
      session.view("tokens", 0).set(from(0));
      session.view("targets", 0).set(from(1));
    },
    fillTrial: () => {},
  };
};

test("the next token of a text that all trials share is a task like any other, and every position of it counts", () => {
  const text = Array.from({ length: 40 }, (_, at) => (at * at) % 4);
  const { scalars, read } = evaluated(whole, windowsOf(text, { length: 7, windows: 20 }));
  const [logits, targets] = ["it/logits", "targets"].map(read);
  const losses = targets!.map((target, position) => {
    const row = logits!.slice(position * 4, (position + 1) * 4);
    return Math.log(row.reduce((sum, value) => sum + Math.exp(value), 0)) - row[target]!;
  });
  expect(targets!.slice(0, 7)).toEqual(text.slice(1, 8));
  expect(scalars["counted"]).toBe(20 * 7);
  expect(scalars["loss"]).toBeCloseTo(losses.reduce((a, b) => a + b, 0) / losses.length, 10);
});
