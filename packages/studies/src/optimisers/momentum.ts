import type { Optimizer } from "@allot/spec";
import { memory, type UpdateRule } from "./update.ts";

/** v ← momentum·v + g + decay·p; p ← p − rate·v (heavy ball). */
export const momentum = (options: Extract<Optimizer, { kind: "momentum" }>): UpdateRule => ({
  scalars: 3,
  trace: (t, trained, scalars) => t.momentum(trained.tensor, trained.gradient, t.state(memory(trained, "velocity"), trained.tensor.shape), scalars),
  write: (out, _step, rate) => {
    out[0] = rate;
    out[1] = options.momentum;
    out[2] = options.weightDecay;
  },
});
