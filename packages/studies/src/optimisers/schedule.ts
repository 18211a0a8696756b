import { cos } from "@allot/tensor";
import type { Iterative } from "./length.ts";

/** Factor on the learning rate at update `step` of `steps`, counted from 1; `cosine` is ½(1 + cos(π step/steps)), 0 at the last. */
export const scheduled = (schedule: Iterative["schedule"], step: number, steps: number): number =>
  schedule === "constant" ? 1 : 0.5 * (1 + cos((Math.PI * step) / steps));
