import { trace } from "@allot/tensor";
import { batchAt, batchOf, fillImages, type Images } from "./images.ts";
import { fillNormal, type Workload } from "./workload.ts";

const images: Images = { rows: 640, batch: 32, shape: [28, 28, 1] };
const scales = { first: 0.3, second: 0.15, readout: 0.03 };

const program = trace((t) => {
  const { x, labels } = batchOf(t, images); // [32, 28, 28, 1]
  const parameters = {
    first: t.state("first", [3, 3, 1, 8]),
    firstBias: t.state("firstBias", [8]),
    second: t.state("second", [3, 3, 8, 16]),
    secondBias: t.state("secondBias", [16]),
    readout: t.state("readout", [784, 10]),
  };
  const { first, firstBias, second, secondBias, readout } = parameters;
  const wide = t.maxPool(t.relu(t.add(t.conv(x, first, { padding: "same" }), firstBias)), { window: [2, 2] }); // [32, 14, 14, 8]
  const deep = t.maxPool(t.relu(t.add(t.conv(wide, second, { padding: "same" }), secondBias)), { window: [2, 2] }); // [32, 7, 7, 16]
  const loss = t.mean(t.crossEntropy(t.matmul(t.reshape(deep, [images.batch, 784]), readout), labels));
  const wrt = Object.values(parameters);
  t.gradients(loss, wrt).forEach((gradient, i) => t.sgd(wrt[i]!, gradient, t.scalars("optimiser", 2)));
  return { loss };
});

/** Convolutional network: conv 3×3×8 – pool – conv 3×3×16 – pool – dense, relu, cross-entropy, SGD, batches of 32 images of 28 × 28. */
export const cnn: Workload = {
  name: "cnn",
  description: "CNN 28², conv 8 and 16, batch 32",
  program,
  streams: { batch: images.rows },
  target: 0.15,
  at: batchAt(images),
  fill: (session, trial) => {
    fillImages(session, { ...images, trial });
    for (const [slot, scale] of Object.entries(scales)) fillNormal(session, { slot, trial, scale });
    session.view("optimiser", trial).set([0.05, 0]);
  },
};
