import type { Optimizer } from "@allot/spec";
import { memory, type UpdateRule } from "./update.ts";

/**
 * v ← ρv + (1 − ρ)g²; p ← p − rate·g/(√v + ε), g with decay·p in it: see
 * `needsGradientDecay`. Decay outside v would throw an entry without gradient
 * about by rate·decay/ε.
 */
export const rmsprop = (options: Extract<Optimizer, { kind: "rmsprop" }>): UpdateRule => ({
  scalars: 4,
  trace: (t, trained, scalars) => t.rmsprop(trained.tensor, trained.gradient, t.state(memory(trained, "second"), trained.tensor.shape), scalars),
  write: (out, _step, rate) => {
    out[0] = rate;
    out[1] = options.decay;
    out[2] = options.epsilon;
    out[3] = 0;
  },
});
