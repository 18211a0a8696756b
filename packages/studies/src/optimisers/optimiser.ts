import type { Optimizer } from "@allot/spec";
import type { Session, Tensor, Tracer } from "@allot/tensor";
import { matchingTensors, mostSpecific } from "../allocation/glob.ts";
import { StudyError } from "../errors.ts";
import type { TensorSpec } from "../models/tensors.ts";
import type { Parametrised } from "../parametrisation/parametrised.ts";
import { adam } from "./adam.ts";
import { gd } from "./gd.ts";
import { type Iterative, isIterative } from "./length.ts";
import { momentum } from "./momentum.ts";
import { rmsprop } from "./rmsprop.ts";
import { scheduled } from "./schedule.ts";
import type { Trained, UpdateRule } from "./update.ts";

/** A trained slot and the tensor of the model it belongs to, which `multipliers` names. */
export interface LearnableSlot {
  readonly name: string;
  readonly tensor: TensorSpec;
  /** The parametrisation's own factor on the learning rate. */
  readonly multiplier: number;
}

/** The trained slots of a trial, in the order of its tensors. */
export const learnableSlots = (parametrised: readonly Parametrised[]): LearnableSlot[] =>
  parametrised.flatMap(({ tensor, slots }) =>
    slots.filter(({ role }) => role === "learnable").map(({ name, multiplier = 1 }): LearnableSlot => ({ name, tensor, multiplier })),
  );

const ruleOf = (optimizer: Iterative): UpdateRule => {
  if (optimizer.kind === "gd") return gd(optimizer);
  if (optimizer.kind === "momentum") return momentum(optimizer);
  if (optimizer.kind === "rmsprop") return rmsprop(optimizer);
  return adam(optimizer);
};

const slotOf = (name: string): string => `${name}:update`;
const decaySlot = "weightDecay";

/** Whether decay·p has to be added to the gradient before the rule sees it; the other rules' kernels do it themselves. */
export const needsGradientDecay = (optimizer: Optimizer): boolean => (optimizer.kind === "adam" || optimizer.kind === "rmsprop") && optimizer.weightDecay !== 0;

/** Records the updates of all trained tensors; `gradientDecay` as `needsGradientDecay` for any trial of the session. */
export const traceUpdates = (t: Tracer, trained: readonly Trained[], o: { optimizer: Iterative; gradientDecay: boolean }): void => {
  const rule = ruleOf(o.optimizer);
  for (const one of trained) {
    const gradient: Tensor = o.gradientDecay ? t.add(one.gradient, t.mul(t.scalars(decaySlot, 1), one.tensor)) : one.gradient;
    rule.trace(t, { ...one, gradient }, t.scalars(slotOf(one.name), rule.scalars));
  }
};

/** The factor on a tensor's learning rate: of the most specific glob that matches its name or its layer's, else 1. */
const multiplierOf = (optimizer: Iterative, { name, layer }: TensorSpec): number => {
  const pattern = mostSpecific(Object.keys(optimizer.multipliers), [name, layer]);
  return pattern === undefined ? 1 : optimizer.multipliers[pattern]!;
};

/**
 * Writes what the program of one trial reads at update `step` (from 1). The
 * returned function allocates nothing.
 */
export const stepWriter = (
  session: Session,
  trial: number,
  o: { optimizer: Iterative; slots: readonly LearnableSlot[]; steps: number; gradientDecay: boolean },
): ((step: number) => void) => {
  const { optimizer, steps } = o;
  const { write } = ruleOf(optimizer);
  if (o.gradientDecay) session.view(decaySlot, trial)[0] = optimizer.weightDecay;
  const targets = o.slots.map(({ name, tensor, multiplier }) => ({
    out: session.view(slotOf(name), trial),
    multiplier: multiplier * multiplierOf(optimizer, tensor),
  }));
  return (step) => {
    const rate = optimizer.learningRate * scheduled(optimizer.schedule, step, steps);
    for (const { out, multiplier } of targets) write(out, step, rate * multiplier);
  };
};

/** Throws StudyError for a factor of `multipliers` that names no tensor. */
export const checkMultipliers = (optimizer: Optimizer, tensors: readonly TensorSpec[]): void => {
  if (!isIterative(optimizer)) return;
  const wrong = Object.keys(optimizer.multipliers).find((pattern) => matchingTensors([pattern], tensors).length === 0);
  if (wrong !== undefined)
    throw new StudyError(`optimizer.multipliers.${wrong}`, `matches no tensor of the model: they are ${tensors.map(({ name }) => name).join(", ")}`);
};
