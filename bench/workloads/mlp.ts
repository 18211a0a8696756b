import { permutation, trace } from "@allot/tensor";
import { fillNormal, type Workload } from "./workload.ts";

const ROWS = 1280;
const BATCH = 128;

const program = trace((t) => {
  const batch = t.stream("batch", [BATCH]);
  const x = t.gather(t.shared("images", [ROWS, 784]), batch); // [128, 784]
  const labels = t.gather(t.shared("labels", [ROWS], "index"), batch); // [128]
  const parameters = {
    first: t.state("first", [784, 128]),
    bias: t.state("bias", [128]),
    second: t.state("second", [128, 10]),
    offset: t.state("offset", [10]),
  };
  const { first, bias, second, offset } = parameters;
  const hidden = t.relu(t.add(t.matmul(x, first), bias)); // [128, 128]
  const logits = t.add(t.matmul(hidden, second), offset); // [128, 10]
  const loss = t.mean(t.crossEntropy(logits, labels));
  const wrt = Object.values(parameters);
  t.gradients(loss, wrt).forEach((gradient, i) => t.sgd(wrt[i]!, gradient, t.scalars("optimiser", 2)));
  return { loss };
});

/** Multilayer perceptron 784-128-10, relu, cross-entropy, SGD, batches of 128 gathered from shared data. */
export const mlp: Workload = {
  name: "mlp",
  description: "MLP 784-128-10, batch 128",
  program,
  streams: { batch: ROWS },
  target: 0.2,
  at: (step) => (step % (ROWS / BATCH)) * BATCH,
  fill: (session, trial) => {
    if (trial === 0) {
      fillNormal(session, { slot: "images", trial, scale: 1 });
      session.view("labels", 0).set(permutation("be9c400000000002", ROWS).map((value) => value % 10));
    }
    fillNormal(session, { slot: "first", trial, scale: 0.05 });
    fillNormal(session, { slot: "second", trial, scale: 0.1 });
    session.view("batch", trial).set(permutation("be9c400000000003", ROWS));
    session.view("optimiser", trial).set([0.01, 0]);
  },
};
