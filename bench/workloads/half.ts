import { trace } from "@allot/tensor";
import { batchAt, batchOf, fillImages, type Images } from "./images.ts";
import { fillNormal, type Workload } from "./workload.ts";

const images: Images = { rows: 1200, batch: 100, shape: [784] };
const HIDDEN = 200;

const program = trace((t) => {
  const { x, labels } = batchOf(t, images); // [100, 784]
  const parameters = {
    scale: t.state("scale", [HIDDEN]),
    threshold: t.state("threshold", [HIDDEN]),
    readout: t.state("readout", [10, HIDDEN]),
    offset: t.state("offset", [10]),
  };
  const { scale, threshold, readout, offset } = parameters;
  const projected = t.matmul(x, t.constant("fixed", [HIDDEN, 784]), { transposeB: true }); // of the whole data, once a trial
  const hidden = t.relu(t.add(t.mul(projected, scale), threshold)); // [100, 200]
  const logits = t.add(t.matmul(hidden, readout, { transposeB: true }), offset); // [100, 10]
  const loss = t.mean(t.crossEntropy(logits, labels));
  const wrt = Object.entries(parameters);
  const gradients = t.gradients(loss, Object.values(parameters));
  wrt.forEach(([name, parameter], i) => {
    const moment = (part: string) => t.state(`${name}.${part}`, parameter.shape);
    t.adam(parameter, gradients[i]!, moment("m"), moment("v"), t.scalars("optimiser", 5));
  });
  return { loss };
});

/** A layer of fixed random weights of which a scale and a threshold per unit are trained, and a trained readout: cross-entropy, Adam. */
export const half: Workload = {
  name: "half",
  description: "half layer 784-200-10, batch 100",
  program,
  streams: { batch: images.rows },
  target: 0.05,
  at: batchAt(images),
  fill: (session, trial) => {
    fillImages(session, { ...images, trial });
    session.view("scale", trial).fill(1);
    fillNormal(session, { slot: "fixed", trial, scale: 1 / 28 });
    fillNormal(session, { slot: "readout", trial, scale: 0.1 });
    session.view("optimiser", trial).set([2e-3, 0.9, 0.999, 1e-8, 0]);
  },
};
