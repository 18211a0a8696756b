import type { AllocationRule } from "@allot/spec";
import { StudyError } from "../errors.ts";
import type { ModelFunction, TensorSpec } from "../models/tensors.ts";
import { type Form, formOf, isMask } from "./form.ts";

/** A rule and the tensors it governs: what its mask is drawn over. */
export interface Scope {
  /** Path of the rule in the study, for messages. */
  readonly field: string;
  readonly rule: AllocationRule;
  readonly tensors: readonly TensorSpec[];
}

/** What the rule makes of one of its tensors. */
export const formIn = ({ rule, tensors }: Scope, tensor: TensorSpec): Form => formOf(rule, { first: tensor === tensors[0], last: tensor === tensors.at(-1) });

/** Rules whose bias learns unless they say otherwise, whether or not there is one. */
const biased = ["full", "lowRank", "mixRandom", "factor"];

const checkBias = (model: ModelFunction, { field, rule, tensors }: Scope): void => {
  if (biased.includes(rule.strategy) || !("bias" in rule) || !rule.bias) return;
  const layers = new Set(tensors.map(({ layer }) => layer));
  const has = model.tensors.some(({ role, layer }) => role === "bias" && layers.has(layer));
  if (!has) throw new StudyError(`${field}.bias`, "is true and the model has no bias there: leave it out");
};

const checkMatrix = (scope: Scope, tensor: TensorSpec): void => {
  const field = isMask(scope.rule) ? `${scope.field}.over` : scope.field;
  const { name, layer, role, shape } = tensor;
  const form = formIn(scope, tensor);
  if (form.strategy === "full" || form.strategy === "frozen") return;
  if (role !== "weight") {
    const instead = role === "bias" ? `the layer, ${layer}` : "weights alone, such as *.weight";
    throw new StudyError(field, `${form.strategy} needs a matrix and ${name} is a vector: name ${instead}`);
  }
  if (!("rank" in form)) return;
  // A factor's core has twice the rank.
  const most = Math.floor(Math.min(...shape) / (form.strategy === "factor" ? 2 : 1));
  if (form.rank > most)
    throw new StudyError(`${field}.rank`, `${form.rank} is more than the ${most} that ${name} (${shape.join("×")}) can have: lower it, or train it in full`);
};

/** Throws StudyError for a rule without tensors, for a bias that is not there, and for tensors that can't be made as the rule says. */
export const checkScope = (model: ModelFunction, scope: Scope): void => {
  if (scope.tensors.length === 0) {
    const names = model.tensors.map(({ name }) => name).join(", ");
    throw new StudyError(scope.field, `governs no tensor: none matches, or more specific rules have them all; the model's tensors are ${names}`);
  }
  checkBias(model, scope);
  for (const tensor of scope.tensors) checkMatrix(scope, tensor);
};
