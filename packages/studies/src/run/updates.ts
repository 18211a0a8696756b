import { Diverged } from "../errors.ts";
import { factorWriter } from "../guidance/terms.ts";
import { isIterative, optimizerOf } from "../optimisers/length.ts";
import { learnableSlots, stepWriter } from "../optimisers/optimiser.ts";
import { epochOrder } from "../optimisers/order.ts";
import { parametriseAll } from "../parametrisation/parametrise.ts";
import { orderStream } from "../problems/problem.ts";
import { type Metrics, prefixed } from "./metrics.ts";
import type { Place } from "./place.ts";

/** One trial's updates. */
export interface Updates {
  /** Writes what the program reads at update `step`, from 1, each once and in order. @returns the position of its batch. */
  readonly prepare: (step: number) => number;
  /** Looks at what the program made of it. Throws Diverged. */
  readonly observe: (step: number) => void;
  /** Training metrics over the updates since the last call; empty where there were none. */
  readonly means: () => Metrics;
}

/** Puts the order of an epoch in place and says where a step's batch starts. */
const batchFinder = ({ plan, session, trial, setup }: Place): ((step: number) => number) => {
  const { batches } = plan.length;
  if (batches === undefined) return () => 0;
  const { examples, batch, perEpoch } = batches;
  const order = session.view(orderStream, trial);
  return (step) => {
    const within = (step - 1) % perEpoch;
    if (within === 0) order.set(epochOrder(setup.streams.order, (step - 1) / perEpoch, examples).subarray(0, order.length));
    return within * batch;
  };
};

/** What makes a trial's updates; undefined for optimisers without any. */
export const updatesOf = (place: Place): Updates | undefined => {
  const { plan, session, trial, setup } = place;
  const optimizer = optimizerOf(setup.study);
  const step = plan.programs["step"];
  if (!isIterative(optimizer) || step === undefined) return undefined;
  const { gradientDecay } = plan;
  const slots = learnableSlots(parametriseAll(plan.problem.model, setup.study)); // with the trial's own multipliers
  const write = stepWriter(session, trial, { optimizer, slots, steps: plan.length.steps, gradientDecay });
  const guide = factorWriter(session, trial, { terms: plan.terms, study: setup.study });
  const find = batchFinder(place);
  const names = Object.keys(step.outputs);
  const outputs = names.map((name) => session.view(`step/${name}`, trial));
  const loss = session.view("step/loss", trial);
  const sums = new Float64Array(names.length);
  let count = 0;
  return {
    prepare: (at) => {
      write(at);
      guide(at);
      return find(at);
    },
    observe: (at) => {
      if (!Number.isFinite(loss[0])) throw new Diverged(at, "train.loss", loss[0]!);
      for (let i = 0; i < sums.length; i++) sums[i] = sums[i]! + outputs[i]![0]!;
      count++;
    },
    means: () => {
      const means = Object.fromEntries(names.map((name, i) => [name, sums[i]! / count]));
      const metrics = count === 0 ? {} : prefixed("train", plan.problem.metrics("batch", means));
      sums.fill(0);
      count = 0;
      return metrics;
    },
  };
};
