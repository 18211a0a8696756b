import type { Fixed } from "@allot/spec";
import { deriveKey, normals } from "@allot/tensor";
import { isMask } from "../allocation/form.ts";
import { masksOf } from "../allocation/masks.ts";
import { allocate, type Governed } from "../allocation/scopes.ts";
import { distributions } from "../fixed/distributions.ts";
import { unitVarianceGain } from "../fixed/gain.ts";
import { initialValue } from "../initialiser/initialiser.ts";
import type { TensorSpec } from "../models/tensors.ts";
import type { Start } from "../parametrisation/memory.ts";
import type { Drawn } from "../parametrisation/parametrisation.ts";
import { parametrisationOf } from "../parametrisation/parametrise.ts";
import { parametrised } from "../parametrisation/parametrised.ts";
import type { Problem } from "../problems/problem.ts";
import { derivativesOf } from "./derivatives.ts";
import type { TrialSetup } from "./run.ts";

type Values = Map<string, Float64Array>;

/** What the rule says of fixed weights, where the tensor has any. */
const fixedOf = ({ form, masked, scope, tensor }: Governed): Fixed | undefined => {
  if ((form.strategy === "full" && !masked) || tensor.role === "bias" || scope === undefined || !("fixed" in scope.rule)) return undefined;
  return scope.rule.fixed;
};

interface Filling {
  readonly problem: Problem;
  readonly setup: TrialSetup;
  /** Tensors before this one. */
  readonly before: Values;
}

/** The factor that `fixed` asks for on effective weights; without training examples inputs count as white noise. */
const gainOf = (tensor: TensorSpec, { gain }: Fixed, { problem, setup, before }: Filling): ((weights: Float64Array) => number) => {
  const { model } = problem;
  const inputs = model.kind === "feedForward" ? problem.inputsFor(setup) : undefined;
  const reached = model.kind === "feedForward" && inputs !== undefined ? model.forwardNumbers(before, inputs, tensor.name) : undefined;
  return (weights) => {
    const unit = reached === undefined ? 1 : unitVarianceGain(reached, weights, tensor.fanIn);
    return gain === "unitVariance" ? unit : gain * unit;
  };
};

/** Draws of the `fixed` stream times their gain. */
const scaled = (draws: Float64Array, gain: (weights: Float64Array) => number): Float64Array => {
  const factor = gain(draws);
  return draws.map((draw) => factor * draw);
};

const drawnFor = (governed: Governed, filling: Filling): Drawn => {
  const { tensor, form } = governed;
  const { study, streams } = filling.setup;
  const fixed = fixedOf(governed);
  const draw = (like: TensorSpec): Float64Array => distributions[fixed?.distribution ?? "normal"](like, deriveKey(streams.fixed, tensor.name));
  const gain = fixed === undefined ? () => 1 : gainOf(tensor, fixed, filling);
  const whole = fixed !== undefined && form.strategy !== "mixRandom";
  return {
    value: whole ? scaled(draw(tensor), gain) : initialValue(study, tensor, deriveKey(streams.init, tensor.name)),
    normals: (part, count) => normals(deriveKey(streams.init, part), count),
    fixed: (shape) => draw({ ...tensor, shape, fanIn: shape[1] }),
    gain,
  };
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
    const { tensor, form } = governed;
    const { start, value } = parametrisationOf(tensor, form);
    for (const [name, content] of start(drawnFor(governed, { problem, setup, before: values }))) parts.set(name, content);
    values.set(
      tensor.name,
      value((name) => parts.get(name)!),
    );
  }
  const unmasked = tensors.map(({ tensor, form }) => parametrised(tensor, parametrisationOf(tensor, form)));
  const draw = { key: streams.mask, values: (part: string) => parts.get(part)!, ...derivativesOf({ problem, setup, parametrised: unmasked, parts }) };
  const masks = new Map(scopes.filter(({ rule }) => isMask(rule)).flatMap((scope) => [...masksOf(problem.model, scope, draw)]));
  return { parts, masks };
};
