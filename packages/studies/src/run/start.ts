import type { Fixed } from "@allot/spec";
import { deriveKey } from "@allot/tensor";
import { masksOf } from "../allocation/masks.ts";
import { allocate, type Governed, hasMask } from "../allocation/scopes.ts";
import { distributions } from "../fixed/distributions.ts";
import { unitVarianceGain } from "../fixed/gain.ts";
import { initialValue } from "../initialiser/initialiser.ts";
import type { Start } from "../parametrisation/memory.ts";
import { parametrisationOf } from "../parametrisation/parametrise.ts";
import type { Problem } from "../problems/problem.ts";
import type { TrialSetup } from "./run.ts";

type Values = Map<string, Float64Array>;

const fixedOf = ({ form, masked, scope, tensor }: Governed): Fixed | undefined => {
  if ((form === "full" && !masked) || tensor.role === "bias" || scope === undefined || !("fixed" in scope.rule)) return undefined;
  return scope.rule.fixed;
};

interface Filling {
  readonly problem: Problem;
  readonly setup: TrialSetup;
  /** Tensors before this one. */
  readonly before: Values;
}

/** Draws of the `fixed` stream, of variance 1/fanIn times the gain; without training examples inputs count as white noise. */
const fixedValue = ({ tensor }: Governed, fixed: Fixed, { problem, setup, before }: Filling): Float64Array => {
  const draws = distributions[fixed.distribution](tensor, deriveKey(setup.streams.fixed, tensor.name));
  const { model } = problem;
  const inputs = model.kind === "feedForward" ? problem.inputsFor(setup) : undefined;
  const reached = model.kind === "feedForward" && inputs !== undefined ? model.forwardNumbers(before, inputs, tensor.name) : undefined;
  const unit = reached === undefined ? 1 : unitVarianceGain(reached, draws, tensor.fanIn);
  const gain = fixed.gain === "unitVariance" ? unit : fixed.gain * unit;
  return draws.map((draw) => gain * draw);
};

/**
 * Every tensor's value before training and, where only some entries train,
 * which. Uses the trial's own rules: fields that are no part of a shape class
 * differ between the trials of a pack. Throws StudyError as `masksOf`.
 */
export const startOf = (problem: Problem, setup: TrialSetup): Start => {
  const { study, streams } = setup;
  const { tensors, scopes } = allocate(problem.model, study.allocation);
  const values: Values = new Map();
  const parts = new Map<string, ArrayLike<number>>();
  for (const governed of tensors) {
    const { tensor } = governed;
    const fixed = fixedOf(governed);
    const value =
      fixed === undefined ? initialValue(study, tensor, deriveKey(streams.init, tensor.name)) : fixedValue(governed, fixed, { problem, setup, before: values });
    values.set(tensor.name, value);
    for (const [name, content] of parametrisationOf(governed).start({ value })) parts.set(name, content);
  }
  const draw = { key: streams.mask, values: (name: string) => values.get(name)! };
  const masks = new Map(scopes.filter(hasMask).flatMap((scope) => [...masksOf(problem.model, scope, draw)]));
  return { values, parts, masks };
};
