import type { Tensor, Tracer } from "@allot/tensor";

/** Mean −log softmax(outputs)[label] in nats and the number of right first choices; outputs [rows, classes], labels [rows]. */
export const crossEntropy = (t: Tracer, outputs: Tensor, labels: Tensor): { loss: Tensor; correct: Tensor } => ({
  loss: t.mean(t.crossEntropy(outputs, labels)),
  correct: t.sum(t.correct(outputs, labels)),
});

interface Counted {
  /** [rows, length] */
  readonly targets: Tensor;
  /** 1 where a position counts, else 0; all do where it is undefined. */
  readonly counted: Tensor | undefined;
}

/** Over the positions that count: the sum of −log softmax(logits)[target] in nats, the number of right first choices, and of all; logits [rows·length, classes]. */
export const countedCrossEntropy = (t: Tracer, logits: Tensor, { targets, counted }: Counted): { loss: Tensor; correct: Tensor; counted: Tensor } => {
  const positions = [logits.shape[0]!];
  const labels = t.reshape(targets, positions);
  const weights = counted === undefined ? t.fill(1, positions) : t.reshape(counted, positions);
  const sum = (x: Tensor): Tensor => t.sum(t.mul(x, weights));
  return { loss: sum(t.crossEntropy(logits, labels)), correct: sum(t.correct(logits, labels)), counted: t.sum(weights) };
};
