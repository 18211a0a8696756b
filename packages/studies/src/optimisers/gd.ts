import type { Optimizer } from "@allot/spec";
import type { UpdateRule } from "./update.ts";

/** p ← p − rate·(g + decay·p). */
export const gd = (options: Extract<Optimizer, { kind: "gd" }>): UpdateRule => ({
  scalars: 2,
  trace: (t, { tensor, gradient }, scalars) => t.sgd(tensor, gradient, scalars),
  write: (out, _step, rate) => {
    out[0] = rate;
    out[1] = options.weightDecay;
  },
});
