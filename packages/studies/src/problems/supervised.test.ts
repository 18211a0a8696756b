import { createSession, sessionBytes, trace } from "@allot/tensor";
import { expect, test } from "vitest";
import type { Dataset } from "../data/dataset.ts";
import { loadData } from "../data/load.ts";
import { modelOf } from "../models/model.ts";
import type { FeedForward } from "../models/tensors.ts";
import { full } from "../parametrisation/full.ts";
import { parametrised } from "../parametrisation/parametrised.ts";
import { generatedImages, setupOf } from "../testing/studies.ts";
import { classifiedSource } from "./examples.ts";
import { supervisedProblem } from "./supervised.ts";

const { study } = setupOf({ data: { kind: "mnist" }, model: { kind: "conv2d", layers: [{ channels: 4, pool: {} }] }, optimizer: { kind: "none" } });

/** So many images, all of them for training. */
const imagesOf = (train: number) => {
  const dataset: Dataset = loadData({ ...study, data: { kind: "mnist", split: { train, validation: 0, test: 0 } } }, generatedImages("t10k", train));
  if (dataset.kind !== "classified") throw new Error("no images");
  return dataset;
};

const modelWith = (rowsAtOnce: number | undefined): FeedForward => {
  const model = modelOf(study);
  if (model.kind !== "feedForward") throw new Error("no feed-forward model");
  const { rowsAtOnce: _usual, ...rest } = model;
  return rowsAtOnce === undefined ? rest : { ...rest, rowsAtOnce };
};

/** The program that evaluates the training part of so many images, and its problem. */
const evaluation = (count: number, rowsAtOnce: number | undefined) => {
  const model = modelWith(rowsAtOnce);
  const problem = supervisedProblem({
    model,
    source: classifiedSource(imagesOf(count), { oneHot: false, model }),
    task: "crossEntropy",
    objective: {},
    batches: undefined,
  });
  return {
    problem,
    program: trace((t) =>
      problem.evaluate(t, new Map(model.tensors.map((tensor) => [tensor.name, parametrised(tensor, full(tensor)).bind(t).effective])), "train"),
    ),
  };
};

const evaluated = (rowsAtOnce: number | undefined): Record<string, number> => {
  const { problem, program } = evaluation(140, rowsAtOnce);
  const session = createSession({ engine: "reference", programs: { train: program }, trials: 1 });
  for (const { name } of problem.model.tensors) session.view(name, 0).forEach((_, i, view) => view.set([Math.sin(i) / 10], i));
  problem.fillShared(session);
  session.run("train", 0);
  return { loss: session.view("train/loss", 0)[0]!, correct: session.view("train/correct", 0)[0]! };
};

test.each([1, 7, 100, 140, 1000])("images evaluated %d at a time have the metrics of all at once", (rowsAtOnce) => {
  const [blocks, whole] = [evaluated(rowsAtOnce), evaluated(undefined)];
  expect(blocks["loss"]).toBeCloseTo(whole["loss"]!, 12);
  expect(blocks["correct"]).toBe(whole["correct"]);
});

test("evaluating more images takes no more memory than holding them does", () => {
  const bytes = [1000, 3000].map((count) => sessionBytes({ engine: "wasm", programs: { train: evaluation(count, 50).program }, trials: 1 }));
  expect(bytes[1]! - bytes[0]!).toBeLessThan(1.02 * 2000 * 784 * 4);
});
