import { trace } from "@allot/tensor";
import { batchAt, batchOf, fillImages, type Images } from "./images.ts";
import { fillNormal, type Workload } from "./workload.ts";

const images: Images = { rows: 1280, batch: 128, shape: [784] };

const program = trace((t) => {
  const { x, labels } = batchOf(t, images); // [128, 784]
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
  streams: { batch: images.rows },
  target: 0.25,
  at: batchAt(images),
  fill: (session, trial) => {
    fillImages(session, { ...images, trial });
    fillNormal(session, { slot: "first", trial, scale: 0.05 });
    fillNormal(session, { slot: "second", trial, scale: 0.1 });
    session.view("optimiser", trial).set([0.01, 0]);
  },
};
