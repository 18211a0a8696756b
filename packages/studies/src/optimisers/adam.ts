import type { Optimizer } from "@allot/spec";
import { pow } from "@allot/tensor";
import { memory, type UpdateRule } from "./update.ts";

/**
 * Adam (Kingma and Ba 2015, section 2) with bias correction in the step size.
 * `adamw` decays the parameter by rate·decay·p beside the step (Loshchilov and
 * Hutter 2019); `adam` adds decay·p to the gradient: see `needsGradientDecay`.
 */
export const adam = ({ kind, beta1, beta2, epsilon, weightDecay }: Extract<Optimizer, { kind: "adam" | "adamw" }>): UpdateRule => {
  let at = 0;
  let correction = 0; // of step `at`: the same for every tensor
  return {
    scalars: 5,
    trace: (t, trained, scalars) => {
      const { shape } = trained.tensor;
      t.adam(trained.tensor, trained.gradient, t.state(memory(trained, "first"), shape), t.state(memory(trained, "second"), shape), scalars);
    },
    write: (out, step, rate) => {
      if (at !== step) {
        at = step;
        correction = Math.sqrt(1 - pow(beta2, step)) / (1 - pow(beta1, step));
      }
      out[0] = rate * correction;
      out[1] = beta1;
      out[2] = beta2;
      out[3] = epsilon;
      out[4] = kind === "adamw" ? rate * weightDecay : 0;
    },
  };
};
