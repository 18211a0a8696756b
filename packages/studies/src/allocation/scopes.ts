import type { Study } from "@allot/spec";
import type { ModelFunction, TensorSpec } from "../models/tensors.ts";
import { type Form, isMask } from "./form.ts";
import { globMatches, mostSpecific } from "./glob.ts";
import { checkScope, formIn, type Scope } from "./scope.ts";

/** How one tensor is trained. */
export interface Governed {
  readonly tensor: TensorSpec;
  readonly form: Form;
  /** Only the entries that a mask chooses are trained. */
  readonly masked: boolean;
  /** The rule's scope; absent where no rule names the tensor. */
  readonly scope?: Scope;
}

interface Match {
  readonly pattern: string;
  /** The pattern names the layer and this is its bias, so `rule.bias` decides. */
  readonly asBias: boolean;
}

const matchOf = (tensor: TensorSpec, patterns: readonly string[]): Match | undefined => {
  const pattern = mostSpecific(patterns, [tensor.name, tensor.layer]);
  return pattern === undefined ? undefined : { pattern, asBias: tensor.role === "bias" && globMatches(pattern, tensor.layer) };
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
      checkScope(model, scope);
      return [pattern, scope];
    }),
  );
  const tensors = model.tensors.map((tensor): Governed => {
    const match = matches.get(tensor.name);
    const scope = match === undefined ? undefined : scopes.get(match.pattern);
    if (match === undefined || scope === undefined) return { tensor, form: { strategy: "full" }, masked: false };
    const { rule } = scope;
    if (match.asBias) return { tensor, form: { strategy: "bias" in rule && !rule.bias ? "frozen" : "full" }, masked: false, scope };
    return { tensor, form: formIn(scope, tensor), masked: isMask(rule), scope };
  });
  return { tensors, scopes: [...scopes.values()] };
};
