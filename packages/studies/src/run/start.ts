import type { Fixed } from "@allot/spec";
import { deriveKey } from "@allot/tensor";
import { masksOf } from "../allocation/masks.ts";
import { allocate, type Governed, hasMask } from "../allocation/scopes.ts";
import { distributions } from "../fixed/distributions.ts";
import { unitVarianceGain } from "../fixed/gain.ts";
import { initialValue } from "../initialiser/initialiser.ts";
import { type Matrix, matrix } from "../models/numbers.ts";
import type { FeedForward } from "../models/tensors.ts";
import type { Start } from "../parametrisation/parametrisation.ts";
import type { Problem } from "../problems/problem.ts";
import type { TrialSetup } from "./run.ts";

type Values = Map<string, Float64Array>;

const fixedOf = ({ how, scope, tensor }: Governed): Fixed | undefined => {
  if (how === "full" || tensor.role === "bias" || scope === undefined || !("fixed" in scope.rule)) return undefined;
  return scope.rule.fixed;
};

interface Filling {
  readonly problem: Problem;
  readonly setup: TrialSetup;
  /** Tensors before this one. */
  readonly before: Values;
}

/** What a weight is multiplied with on the given inputs, [rows, fanIn]. */
const reachedBy = (model: FeedForward, inputs: Matrix | undefined, o: { before: Values; until: string }): Matrix | undefined => {
  const { rowsAtOnce } = model;
  const few = inputs && rowsAtOnce !== undefined ? matrix(inputs.values.subarray(0, rowsAtOnce * model.inputs), model.inputs) : inputs;
  return few && model.forwardNumbers(o.before, few, o.until);
};

/** Draws of the `fixed` stream, of variance 1/fanIn times the gain; without training examples inputs count as white noise. */
const fixedValue = ({ tensor }: Governed, fixed: Fixed, { problem, setup, before }: Filling): Float64Array => {
  const draws = distributions[fixed.distribution](tensor, deriveKey(setup.streams.fixed, tensor.name));
  const { model } = problem;
  const reached = model.kind === "feedForward" ? reachedBy(model, problem.inputsFor(setup), { before, until: tensor.name }) : undefined;
  const unit = reached === undefined ? 1 : unitVarianceGain(reached, draws);
  const gain = fixed.gain === "unitVariance" ? unit : fixed.gain * unit;
  return draws.map((draw) => gain * draw);
};

/** Trials by what decides how they start: arms that only train in another way start alike in a replicate. */
export const startingAlike = (trials: readonly TrialSetup[]): number[][] => {
  const decisive = trials.map(({ study, streams }) => JSON.stringify([{ ...study, optimizer: undefined }, streams]));
  return [...Map.groupBy(trials.keys(), (trial) => decisive[trial]!).values()];
};

/**
 * Every tensor's value before training and, where only some entries train,
 * which. Uses the trial's own rules: fields that are no part of a shape class
 * differ between the trials of a pack. Throws StudyError as `masksOf`.
 */
export const startOf = (problem: Problem, setup: TrialSetup): ReadonlyMap<string, Start> => {
  const { study, streams } = setup;
  const { tensors, scopes } = allocate(problem.model, study.allocation);
  const values: Values = new Map();
  for (const governed of tensors) {
    const { tensor } = governed;
    const fixed = fixedOf(governed);
    const value =
      fixed === undefined ? initialValue(study, tensor, deriveKey(streams.init, tensor.name)) : fixedValue(governed, fixed, { problem, setup, before: values });
    values.set(tensor.name, value);
  }
  const draw = { key: streams.mask, values: (name: string) => values.get(name)! };
  const masks = new Map(scopes.filter(hasMask).flatMap((scope) => [...masksOf(problem.model, scope, draw)]));
  return new Map([...values].map(([name, value]) => [name, { value, mask: masks.get(name) }]));
};
