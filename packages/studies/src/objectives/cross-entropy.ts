import type { Tensor, Tracer } from "@allot/tensor";

/** Mean −log softmax(outputs)[label] in nats and the number of right first choices; outputs [rows, classes], labels [rows]. */
export const crossEntropy = (t: Tracer, outputs: Tensor, labels: Tensor): { loss: Tensor; correct: Tensor } => ({
  loss: t.mean(t.crossEntropy(outputs, labels)),
  correct: t.sum(t.correct(outputs, labels)),
});
