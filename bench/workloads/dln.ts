import { trace } from "@allot/tensor";
import { fillNormal, type Workload } from "./workload.ts";

const BATCH = 64;

const program = trace((t) => {
  const layers = [t.state("first", [16, 32]), t.state("second", [32, 32]), t.state("third", [32, 8])];
  const prediction = layers.reduce((x, layer) => t.matmul(x, layer), t.constant("inputs", [BATCH, 16])); // [64, 8]
  const error = t.sub(prediction, t.constant("targets", [BATCH, 8]));
  const loss = t.affine(t.sum(t.square(error)), 0.5 / BATCH);
  t.gradients(loss, layers).forEach((gradient, i) => t.sgd(layers[i]!, gradient, t.scalars("optimiser", 2)));
  return { loss };
});

/** Deep linear network 16-32-32-8, squared error, SGD. */
export const dln: Workload = {
  name: "dln",
  description: "deep linear net 16-32-32-8, batch 64",
  program,
  streams: {},
  target: 0.2,
  at: () => 0,
  fill: (session, trial) => {
    for (const [slot, scale] of Object.entries({ first: 0.1, second: 0.1, third: 0.1, inputs: 1, targets: 1 })) fillNormal(session, { slot, trial, scale });
    session.view("optimiser", trial).set([0.01, 0]);
  },
};
