import type { TaskObjective } from "@allot/spec";
import type { Tensor, Tracer } from "@allot/tensor";
import type { EffectiveTensors, FeedForward } from "../models/tensors.ts";
import { crossEntropy } from "../objectives/cross-entropy.ts";
import { meanSquaredError, observedOf } from "../objectives/mean-squared-error.ts";
import type { Task } from "../objectives/task.ts";
import type { ExampleSource, Examples } from "./examples.ts";
import type { Part } from "./part.ts";
import { type Batches, inferenceInputs, orderStream, type Problem, type Scalars } from "./problem.ts";

export interface SupervisedOptions {
  readonly model: FeedForward;
  readonly source: ExampleSource;
  readonly task: Exclude<Task, "markovNmse">;
  readonly objective: Pick<TaskObjective, "reduction" | "scale">;
  readonly batches: Batches | undefined;
}

/** The batch of this step: rows of the training set by the stream of indexes. */
const batchOf = (t: Tracer, all: Examples, batch: number): Examples => {
  const order = t.stream(orderStream, [batch]);
  const { labels, targets, observed } = all;
  return {
    inputs: t.gather(all.inputs, order),
    targets: () => t.gather(targets(), order),
    labels: labels === undefined ? undefined : () => t.gather(labels(), order),
    observed: observed === undefined ? undefined : () => t.gather(observed(), order),
  };
};

/** Outputs for all rows, made of at most `rowsAtOnce` at a time, so that what is needed on the way is of so many. */
export const outputsOf = (t: Tracer, model: FeedForward, { tensors, inputs }: { tensors: EffectiveTensors; inputs: Tensor }): Tensor => {
  const rows = inputs.shape[0]!;
  const { rowsAtOnce = rows } = model;
  const blocks = Array.from({ length: Math.ceil(rows / rowsAtOnce) }, (_, block) => {
    const start = block * rowsAtOnce;
    return model.forward(t, tensors, t.slice(inputs, { axis: 0, start, size: Math.min(rowsAtOnce, rows - start) }));
  });
  return t.concat(blocks, 0);
};

/** A feed-forward model on examples, with minibatches or all at once. */
export const supervisedProblem = (options: SupervisedOptions): Problem => {
  const { model, source, task, objective, batches } = options;
  const measured: Part[] = batches === undefined ? ["train", "validation"] : ["validation"];
  const present = (parts: readonly Part[]): Part[] => parts.filter((part) => source.count(part) > 0);
  const scalars = (t: Tracer, outputs: Tensor, { labels, targets, observed }: Examples): Scalars => {
    if (task === "crossEntropy") {
      if (labels === undefined) throw new TypeError("crossEntropy needs labels");
      return crossEntropy(t, outputs, labels());
    }
    const errors = meanSquaredError(t, { outputs, targets: targets() }, { ...objective, observed: observed?.() });
    return labels === undefined ? errors : { ...errors, correct: t.sum(t.correct(outputs, labels())) };
  };
  const rows = (part: Part | "batch"): number => (part === "batch" ? (batches?.batch ?? source.count("train")) : source.count(part));
  const filled = present(["train", "validation", "test"]);
  const tested = present(["test"]);
  // Without a test set a match is decided by the training error: of the final weights, not the mean over the last batches.
  const matchOnTraining = tested.length === 0 && task !== "crossEntropy" && batches !== undefined;
  return {
    model,
    measured: present(measured),
    last: matchOnTraining ? ["train"] : tested,
    step: (t, tensors, show) => {
      const all = source.examples(t, "train");
      const examples = batches === undefined ? all : batchOf(t, all, batches.batch);
      return scalars(t, model.forward(t, tensors, examples.inputs, show), examples);
    },
    evaluate: (t, tensors, part) => {
      const examples = source.examples(t, part);
      return scalars(t, outputsOf(t, model, { tensors, inputs: examples.inputs }), examples);
    },
    // Counts are exact in float32 and a share of them is not, so the division is made here.
    metrics: (part, { correct, ...others }) => (correct === undefined ? others : { ...others, accuracy: correct / rows(part) }),
    residual:
      task === "crossEntropy"
        ? undefined
        : (t, tensors) => {
            const { inputs, targets, observed } = source.examples(t, "train");
            return observedOf(t, t.sub(model.forward(t, tensors, inputs), targets()), observed?.());
          },
    atStart: {
      trace: (t, tensors) => {
        const examples = source.examples(t, "start");
        const outputs = model.forward(t, tensors, examples.inputs);
        return { loss: scalars(t, outputs, examples).loss, outputs };
      },
      fill: (session, setup) => {
        source.fillShared(session, ["start"]);
        source.fillTrial(session, 0, { setup, parts: ["start"] });
      },
    },
    predict: (t, tensors, examples) => outputsOf(t, model, { tensors, inputs: t.state(inferenceInputs, [examples, model.inputs]) }),
    examples: {
      model,
      count: (part) => source.count(part),
      of: (t, part) => source.examples(t, part),
      inputs: (setup) => source.inputsFor(setup, "train"),
      classified: source.classified,
    },
    fillShared: (session) => source.fillShared(session, filled),
    fillTrial: (session, trial, setup) => source.fillTrial(session, trial, { setup, parts: filled }),
    inputsFor: (setup) => source.inputsFor(setup, "start"),
  };
};
