import type { Tensor, Tracer } from "@allot/tensor";
import type { EffectiveTensors, TokenModel } from "../models/tensors.ts";
import { countedCrossEntropy } from "../objectives/cross-entropy.ts";
import type { Part } from "./part.ts";
import { type Batches, inferenceInputs, orderStream, type Problem, type Scalars } from "./problem.ts";
import type { Sequences, TokenSource } from "./token-source.ts";

export interface TokenOptions {
  readonly model: TokenModel;
  readonly source: TokenSource;
  readonly batches: Batches | undefined;
}

/** Each of a part's tensors by `f`. */
const each = ({ tokens, targets, counted }: Sequences, f: (x: Tensor) => Tensor): Sequences => ({
  tokens: f(tokens),
  targets: f(targets),
  counted: counted === undefined ? undefined : f(counted),
});

/** Sums over the positions that count, of at most `rowsAtOnce` sequences at a time. */
const sumsOf = (t: Tracer, model: TokenModel, { tensors, all }: { tensors: EffectiveTensors; all: Sequences }) => {
  const rows = all.tokens.shape[0]!;
  const { rowsAtOnce } = model;
  const blocks = Array.from({ length: Math.ceil(rows / rowsAtOnce) }, (_, block) => {
    const start = block * rowsAtOnce;
    const some = each(all, (x) => t.slice(x, { axis: 0, start, size: Math.min(rowsAtOnce, rows - start) }));
    return countedCrossEntropy(t, model.forward(t, tensors, some.tokens), some);
  });
  return blocks.reduce((a, b) => ({ loss: t.add(a.loss, b.loss), correct: t.add(a.correct, b.correct), counted: t.add(a.counted, b.counted) }));
};

const scalarsOf = (t: Tracer, { loss, correct, counted }: ReturnType<typeof countedCrossEntropy>): Scalars => ({
  loss: t.div(loss, counted),
  correct,
  counted,
});

/** A model that puts out a class at each position of a sequence of tokens, such as the next one; with minibatches or all at once. */
export const tokenProblem = ({ model, source, batches }: TokenOptions): Problem => {
  const present = (parts: readonly Part[]): Part[] => parts.filter((part) => source.count(part) > 0);
  const filled = present(["train", "validation", "test"]);
  return {
    model,
    measured: present(batches === undefined ? ["train", "validation"] : ["validation"]),
    last: present(["test"]),
    step: (t, tensors) => {
      const all = source.sequences(t, "train");
      const some = batches === undefined ? all : each(all, (x) => t.gather(x, t.stream(orderStream, [batches.batch])));
      return scalarsOf(t, countedCrossEntropy(t, model.forward(t, tensors, some.tokens), some));
    },
    evaluate: (t, tensors, part) => scalarsOf(t, sumsOf(t, model, { tensors, all: source.sequences(t, part) })),
    // As of examples: counts are exact in float32, and a share of them is not.
    metrics: (_part, { correct, counted, ...others }) => ({ ...others, accuracy: correct! / counted! }),
    residual: undefined,
    atStart: {
      trace: (t, tensors) => {
        const all = source.sequences(t, "start");
        const logits = model.forward(t, tensors, all.tokens);
        const outputs = all.counted === undefined ? logits : t.mul(logits, t.reshape(all.counted, [logits.shape[0]!, 1]));
        return { loss: scalarsOf(t, countedCrossEntropy(t, logits, all)).loss, outputs };
      },
      fill: (session, setup) => {
        source.fillShared(session, ["start"]);
        source.fillTrial(session, 0, { setup, parts: ["start"] });
      },
    },
    predict: (t, tensors, rows) => {
      const tokens = t.stream(inferenceInputs, [rows, model.length]);
      const blocks = Array.from({ length: Math.ceil(rows / model.rowsAtOnce) }, (_, block) => {
        const start = block * model.rowsAtOnce;
        return model.forward(t, tensors, t.slice(tokens, { axis: 0, start, size: Math.min(model.rowsAtOnce, rows - start) }));
      });
      return t.concat(blocks, 0);
    },
    examples: undefined,
    fillShared: (session) => source.fillShared(session, filled),
    fillTrial: (session, trial, setup) => source.fillTrial(session, trial, { setup, parts: filled }),
    inputsFor: () => undefined,
  };
};
