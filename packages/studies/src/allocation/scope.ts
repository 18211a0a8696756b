import type { AllocationRule } from "@allot/spec";
import { StudyError } from "../errors.ts";
import type { ModelFunction, TensorSpec } from "../models/tensors.ts";
import { formOf } from "./form.ts";

/** A rule and the tensors it governs: what its mask is drawn over. */
export interface Scope {
  /** Path of the rule in the study, for messages. */
  readonly field: string;
  readonly rule: AllocationRule;
  readonly tensors: readonly TensorSpec[];
}

/** Rules whose bias learns unless they say otherwise, whether or not there is one. */
const biased = ["full", "lowRank", "mixRandom", "factor"];

const checkBias = (model: ModelFunction, { field, rule, tensors }: Scope): void => {
  if (biased.includes(rule.strategy) || !("bias" in rule) || !rule.bias) return;
  const layers = new Set(tensors.map(({ layer }) => layer));
  const has = model.tensors.some(({ role, layer }) => role === "bias" && layers.has(layer));
  if (!has) throw new StudyError(`${field}.bias`, "is true and the model has no bias there: leave it out");
};

const checkMatrices = ({ field, rule, tensors }: Scope): void => {
  const form = formOf(rule);
  if (form.strategy === "full" || form.strategy === "frozen") return;
  const vector = tensors.find(({ role }) => role === "bias");
  if (vector !== undefined) throw new StudyError(field, `${form.strategy} needs a matrix and ${vector.name} is a vector: name the layer, ${vector.layer}`);
  if (!("rank" in form)) return;
  for (const { name, shape } of tensors) {
    const most = Math.min(...shape);
    if (form.rank > most)
      throw new StudyError(`${field}.rank`, `${form.rank} is more than the ${most} that ${name} (${shape.join("×")}) can have: lower it, or train it in full`);
  }
};

/** Throws StudyError for a rule without tensors, for a bias that is not there, and for tensors that can't be made as the rule says. */
export const checkScope = (model: ModelFunction, scope: Scope): void => {
  if (scope.tensors.length === 0) {
    const names = model.tensors.map(({ name }) => name).join(", ");
    throw new StudyError(scope.field, `governs no tensor: none matches, or more specific rules have them all; the model's tensors are ${names}`);
  }
  checkBias(model, scope);
  checkMatrices(scope);
};
