import type { Study } from "@allot/spec";
import { isIterative, lengthOf, optimizerOf } from "../optimisers/length.ts";
import { scheduled } from "../optimisers/schedule.ts";

/**
 * ρ after some updates of gradient descent, from ρ(0): ρ(t+1) = ρ(t) (1 − ηλ − ηs ρ(t)^{2(L−1)}), where s/2 is the factor on the squares of
 * W_L ⋯ W_1 − Φ, both [size, size], in the loss (studies.md 4a).
 */
export const rhoAfter = (study: Study, o: { steps: number; depth: number; size: number }): ((start: number) => number) => {
  const optimizer = optimizerOf(study);
  if (!isIterative(optimizer)) throw new TypeError(`${optimizer.kind} has no updates`);
  const { learningRate, schedule, weightDecay } = optimizer;
  const { reduction = "mean", scale = 1, l2 } = study.objective;
  const s = (2 * scale) / (reduction === "mean" ? o.size ** 2 : 1);
  const length = lengthOf(study, o.size).steps;
  return (start) => {
    let rho = start;
    for (let step = 1; step <= o.steps; step++) {
      const rate = learningRate * scheduled(schedule, step, length);
      let power = 1;
      for (let i = 1; i < o.depth; i++) power *= rho * rho;
      rho *= 1 - rate * (weightDecay + l2) - rate * s * power;
    }
    return rho;
  };
};
