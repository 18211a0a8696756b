import { trace } from "@allot/tensor";
import { fillNormal, type Workload } from "./workload.ts";

const STEPS = 20;
const BATCH = 64;
const SIZE = 64;

const program = trace((t) => {
  const parameters = { recurrent: t.state("recurrent", [SIZE, SIZE]), encoder: t.state("encoder", [8, SIZE]), decoder: t.state("decoder", [SIZE, 4]) };
  const weights = t.mul(parameters.recurrent, t.constant("mask", [SIZE, SIZE]));
  const inputs = t.matmul(t.constant("inputs", [STEPS * BATCH, 8]), parameters.encoder); // [20·64, 64]
  const inputAt = (step: number) => t.slice(inputs, { axis: 0, start: step * BATCH, size: BATCH });
  let h = inputAt(0); // [64, 64]
  for (let step = 1; step < STEPS; step++) h = t.add(t.matmul(h, weights), inputAt(step));
  const error = t.sub(t.matmul(h, parameters.decoder), t.constant("targets", [BATCH, 4]));
  const loss = t.affine(t.sum(t.square(error)), 0.5 / BATCH);
  const wrt = Object.values(parameters);
  t.gradients(loss, wrt).forEach((gradient, i) => t.sgd(wrt[i]!, gradient, t.scalars("optimiser", 2)));
  return { loss };
});

/** Linear recurrent network of 64 neurons over 20 steps, masked weights, squared error of the last state, back-propagation through time, SGD. */
export const rnn: Workload = {
  name: "rnn",
  description: "linear RNN n=64, T=20, batch 64",
  program,
  streams: {},
  target: 0.25,
  at: () => 0,
  fill: (session, trial) => {
    for (const [slot, scale] of Object.entries({ recurrent: 0.9 / 8, encoder: 0.3, decoder: 0.1, inputs: 1, targets: 1, mask: 1 })) {
      fillNormal(session, { slot, trial, scale });
    }
    const mask = session.view("mask", trial);
    mask.set(mask.map((value) => Number(value > 0)));
    session.view("optimiser", trial).set([0.001, 0]);
  },
};
