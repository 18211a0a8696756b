import { trace } from "@allot/tensor";
import { fillNormal, type Workload } from "./workload.ts";

const program = trace((t) => ({ loss: t.matmul(t.state("a", [128, 784]), t.state("b", [784, 128])) })); // [128, 128]

/** The product that the yardstick measures, and nothing else. */
export const product: Workload = {
  name: "product",
  description: "one product 128×784×128",
  program,
  streams: {},
  target: 0.45,
  at: () => 0,
  fill: (session, trial) => {
    for (const slot of ["a", "b"]) fillNormal(session, { slot, trial, scale: 1 });
  },
};
