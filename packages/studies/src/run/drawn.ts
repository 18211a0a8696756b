import type { Fixed } from "@allot/spec";
import { deriveKey, normals } from "@allot/tensor";
import type { Governed } from "../allocation/scopes.ts";
import { distributions } from "../fixed/distributions.ts";
import { unitVarianceGain } from "../fixed/gain.ts";
import { initialValue, isShared, teacherDraw } from "../initialiser/initialiser.ts";
import type { TensorSpec } from "../models/tensors.ts";
import type { Drawn } from "../parametrisation/parametrisation.ts";
import type { Drawing } from "./drawing.ts";
import { explicitStart } from "./explicit-start.ts";

/** What the rule says of fixed weights, where the tensor has any. */
const fixedOf = ({ form, masked, scope, tensor }: Governed): Fixed | undefined => {
  if ((form.strategy === "full" && !masked) || tensor.role !== "weight" || scope === undefined || !("fixed" in scope.rule)) return undefined;
  return scope.rule.fixed;
};

/** The factor that `fixed` asks for on effective weights; without training examples inputs count as white noise. */
const gainOf = (tensor: TensorSpec, { gain }: Fixed, { problem, setup, before }: Drawing): ((weights: Float64Array) => number) => {
  const { model } = problem;
  const inputs = model.kind === "feedForward" ? problem.inputsFor(setup) : undefined;
  const reached = model.kind === "feedForward" && inputs !== undefined ? model.forwardNumbers(before, inputs, tensor.name) : undefined;
  return (weights) => {
    const unit = reached === undefined ? 1 : unitVarianceGain(reached, weights);
    return gain === "unitVariance" ? unit : gain * unit;
  };
};

/** Draws of the `fixed` stream times their gain. */
const scaled = (draws: Float64Array, gain: (weights: Float64Array) => number): Float64Array => {
  const factor = gain(draws);
  return draws.map((draw) => factor * draw);
};

/** What a tensor's parts may start from, from its own keys of the streams `init` and `fixed`. */
export const drawnFor = (governed: Governed, drawing: Drawing): Omit<Drawn, "gradient"> => {
  const { tensor, form } = governed;
  const { study, streams } = drawing.setup;
  const fixed = fixedOf(governed);
  const draw = (like: TensorSpec): Float64Array => distributions[fixed?.distribution ?? "normal"](like, deriveKey(streams.fixed, tensor.name));
  const gain = fixed === undefined ? () => 1 : gainOf(tensor, fixed, drawing);
  const whole = fixed !== undefined && form.strategy !== "mixRandom";
  const initial = (): Float64Array => {
    if (isShared(study, tensor)) return teacherDraw(study, tensor, deriveKey(streams.teacher, tensor.name));
    return explicitStart(tensor, drawing) ?? initialValue(study, tensor, deriveKey(streams.init, tensor.name));
  };
  return {
    value: whole ? scaled(draw(tensor), gain) : initial(),
    normals: (part, count) => normals(deriveKey(streams.init, part), count),
    fixed: (shape) => draw({ ...tensor, shape, fanIn: shape[1] }),
    gain,
  };
};
