import type { Study } from "@allot/spec";
import { isMask } from "../allocation/form.ts";
import { masksOf } from "../allocation/masks.ts";
import { allocate, type Governed } from "../allocation/scopes.ts";
import { full } from "../parametrisation/full.ts";
import type { Start } from "../parametrisation/memory.ts";
import { parametrisationOf } from "../parametrisation/parametrise.ts";
import { parametrised } from "../parametrisation/parametrised.ts";
import type { Problem } from "../problems/problem.ts";
import { derivativesOf } from "./derivatives.ts";
import { drawnFor } from "./drawn.ts";
import type { TrialSetup } from "./run.ts";

type Contents = Map<string, ArrayLike<number>>;

/** Every part's content. Factors come last: they need the loss's gradient at all tensors as they are drawn. */
const partsOf = (problem: Problem, setup: TrialSetup, tensors: readonly Governed[]): Contents => {
  const values = new Map<string, Float64Array>();
  const parts: Contents = new Map();
  const whole = derivativesOf({ problem, setup, parametrised: tensors.map(({ tensor }) => parametrised(tensor, full(tensor))), parts: values });
  const factors: (() => void)[] = [];
  for (const governed of tensors) {
    const { tensor, form } = governed;
    const { start, value } = parametrisationOf(tensor, form);
    const drawn = { ...drawnFor(governed, { problem, setup, before: values }), gradient: () => whole.gradient(tensor.name) };
    const fill = (): void => {
      for (const [name, content] of start(drawn)) parts.set(name, content);
    };
    if (form.strategy === "factor") factors.push(fill);
    else fill();
    values.set(tensor.name, form.strategy === "factor" ? drawn.value : value((name) => parts.get(name)!));
  }
  for (const fill of factors) fill();
  return parts;
};

/** A study without how it is trained and with what beside its task. */
const startingPart = (study: Study): object => ({
  ...study,
  optimizer: undefined,
  objective: { ...study.objective, guidance: undefined, warm: undefined },
});

/** Trials by what decides how they start: arms that only train in another way start alike in a replicate. */
export const startingAlike = (trials: readonly TrialSetup[]): number[][] => {
  const decisive = trials.map(({ study, streams }) => JSON.stringify([startingPart(study), streams]));
  return [...Map.groupBy(trials.keys(), (trial) => decisive[trial]!).values()];
};

/**
 * What every tensor is made of before training and, where only some entries
 * train, which. Uses the trial's own rules: fields that are no part of a shape
 * class differ between the trials of a pack. Throws StudyError as `masksOf`.
 */
export const startOf = (problem: Problem, setup: TrialSetup): Start => {
  const { tensors, scopes } = allocate(problem.model, setup.study.allocation);
  const parts = partsOf(problem, setup, tensors);
  const unmasked = tensors.map(({ tensor, form }) => parametrised(tensor, parametrisationOf(tensor, form)));
  const draw = {
    key: setup.streams.mask,
    values: (part: string) => parts.get(part)!,
    ...derivativesOf({ problem, setup, parametrised: unmasked, parts }),
  };
  const masks = new Map(scopes.filter(({ rule }) => isMask(rule)).flatMap((scope) => [...masksOf(problem.model, scope, draw)]));
  return { parts, masks };
};
