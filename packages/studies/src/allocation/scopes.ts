import type { AllocationRule, Study } from "@allot/spec";
import { StudyError } from "../errors.ts";
import type { ModelFunction, TensorSpec } from "../models/tensors.ts";
import { globMatches, mostSpecific } from "./glob.ts";

/** A rule and the tensors it governs: what its mask is drawn over. */
export interface Scope {
  /** Path of the rule in the study, for messages. */
  readonly field: string;
  readonly rule: AllocationRule;
  readonly tensors: readonly TensorSpec[];
}

/** What an effective tensor is made of. */
export type Form = "full" | "frozen" | "rowScale" | "colScale";

/** How one tensor is trained. */
export interface Governed {
  readonly tensor: TensorSpec;
  readonly form: Form;
  /** Only the entries that a mask chooses are trained. */
  readonly masked: boolean;
  /** The rule's scope; absent where no rule names the tensor. */
  readonly scope?: Scope;
}

const forms: readonly Form[] = ["full", "frozen", "rowScale", "colScale"];
const toCome = ["lowRank", "mixRandom", "factor"];

const formOf = ({ strategy }: AllocationRule): Form | undefined => forms.find((name) => name === strategy);

/** Whether the rule trains some entries of its tensors, chosen by a mask. */
export const hasMask = ({ field, rule }: Scope): boolean => {
  if (toCome.includes(rule.strategy)) throw new StudyError(`${field}.strategy`, `${rule.strategy}: not supported yet`);
  return formOf(rule) === undefined;
};

interface Match {
  readonly pattern: string;
  /** The pattern names the layer and this is its bias, so `rule.bias` decides. */
  readonly asBias: boolean;
}

const matchOf = (tensor: TensorSpec, patterns: readonly string[]): Match | undefined => {
  const pattern = mostSpecific(patterns, [tensor.name, tensor.layer]);
  return pattern === undefined ? undefined : { pattern, asBias: tensor.role === "bias" && globMatches(pattern, tensor.layer) };
};

const checkRule = (model: ModelFunction, scope: Scope): void => {
  const { field, rule, tensors } = scope;
  if (tensors.length === 0) {
    const names = model.tensors.map(({ name }) => name).join(", ");
    throw new StudyError(field, `governs no tensor: none matches, or more specific rules have them all; the model's tensors are ${names}`);
  }
  const optional = rule.strategy === "full" || rule.strategy === "factor";
  const layers = new Set(tensors.map(({ layer }) => layer));
  const hasBias = model.tensors.some(({ role, layer }) => role === "bias" && layers.has(layer));
  if (!optional && rule.bias && !hasBias) throw new StudyError(`${field}.bias`, "is true and the model has no bias there: leave it out");
  if (rule.strategy === "rowScale" || rule.strategy === "colScale") {
    const vector = tensors.find(({ role }) => role === "bias");
    if (vector !== undefined) throw new StudyError(field, `${rule.strategy} scales a matrix and ${vector.name} is a vector: name the layer, ${vector.layer}`);
  }
};

/**
 * Which rule of `allocation` governs which tensor. A pattern matches a tensor's
 * name, or its layer's: then the weight is in the scope and the rule's `bias`
 * says whether the bias learns. The most specific rule has a tensor; what no
 * rule matches is trained in full. Throws StudyError for a rule without tensors.
 */
export const allocate = (model: ModelFunction, allocation: Study["allocation"]): { tensors: Governed[]; scopes: Scope[] } => {
  const patterns = Object.keys(allocation);
  const matches = new Map(model.tensors.map((tensor) => [tensor.name, matchOf(tensor, patterns)]));
  const scopes = new Map(
    Object.entries(allocation).map(([pattern, rule]): [string, Scope] => {
      const governed = ({ name }: TensorSpec): boolean => matches.get(name)?.pattern === pattern && matches.get(name)?.asBias === false;
      const scope: Scope = { field: `allocation.${pattern}`, rule, tensors: model.tensors.filter(governed) };
      checkRule(model, scope);
      return [pattern, scope];
    }),
  );
  const tensors = model.tensors.map((tensor): Governed => {
    const match = matches.get(tensor.name);
    const scope = match === undefined ? undefined : scopes.get(match.pattern);
    if (match === undefined || scope === undefined) return { tensor, form: "full", masked: false };
    const { rule } = scope;
    if (match.asBias) return { tensor, form: "bias" in rule && !rule.bias ? "frozen" : "full", masked: false, scope };
    return { tensor, form: formOf(rule) ?? "full", masked: hasMask(scope), scope };
  });
  return { tensors, scopes: [...scopes.values()] };
};
