import type { Probe, Study } from "@allot/spec";
import { globMatches } from "../allocation/glob.ts";
import { StudyError } from "../errors.ts";
import type { ModelFunction, TensorSpec } from "../models/tensors.ts";
import { isIterative, optimizerOf } from "../optimisers/length.ts";

type LawRule = Extract<Probe, { kind: "subspaceLeak" | "rhoResidual" | "movingSingularValues" }>;

/** What a chain of weights learns; undefined where neither the probe nor the data says. */
export const lawRank = ({ rank }: Pick<LawRule, "rank">, { data }: Study): number | undefined =>
  rank ?? (data.kind === "lowRankMatrix" ? data.rank : undefined);

/** A model's weights in the order in which an input goes through them. */
export const weightsOf = ({ tensors }: Pick<ModelFunction, "tensors">): TensorSpec[] => tensors.filter(({ role }) => role === "weight");

/** The matrices that a glob names. */
export const matricesNamed = ({ tensors }: Pick<ModelFunction, "tensors">, glob: string): TensorSpec[] =>
  tensors.filter(({ name, shape }) => shape.length === 2 && globMatches(glob, name));

const checkLaw = (rule: LawRule, field: string, { study, model }: { study: Study; model: ModelFunction }): void => {
  const weights = weightsOf(model);
  const size = weights[0]!.fanIn;
  const other = weights.find(({ shape }) => shape[0] !== size || shape[1] !== size);
  if (other !== undefined)
    throw new StudyError(
      field,
      `${rule.kind} is about a product of square matrices, and ${other.name} is ${other.shape.join("×")}: use deepLinear on a square lowRankMatrix`,
    );
  const rank = lawRank(rule, study);
  if (rank === undefined) throw new StudyError(`${field}.rank`, `is missing: data ${study.data.kind} has no rank of its own, so say which one is learnt`);
  if (2 * rank >= size)
    throw new StudyError(`${field}.rank`, `${rank} leaves nothing that training does not move: 2·rank has to be below the ${size} of the matrices`);
  if (rule.kind === "rhoResidual" && rule.rho === "recursion" && !isIterative(optimizerOf(study)))
    throw new StudyError(`${field}.rho`, `recursion is of gradient descent, and the optimiser is ${optimizerOf(study).kind}: use fitted`);
};

const checkDense = (kind: Probe["kind"], field: string, { model }: Study): void => {
  if (model?.kind !== "mlp" && model?.kind !== "deepLinear")
    throw new StudyError(field, `${kind} is about the product of all weights, and those of ${model?.kind} are no product: use mlp or deepLinear`);
};

const checkClasses = (field: string, { data, model }: Study): void => {
  if (!["mnist", "fashionMnist", "characters", "orthogonalClasses"].includes(data.kind))
    throw new StudyError(field, `collapse compares classes, and data ${data.kind} has none: use it on images, characters or orthogonalClasses`);
  if (model === undefined || !["mlp", "deepLinear", "conv1d", "conv2d"].includes(model.kind))
    throw new StudyError(field, `collapse goes from layer to layer, and ${model?.kind} has other parts: use mlp, deepLinear, conv1d or conv2d`);
};

const isLaw = (rule: Probe): rule is LawRule => rule.kind === "subspaceLeak" || rule.kind === "rhoResidual" || rule.kind === "movingSingularValues";

const checkProbe = (rule: Probe, field: string, { study, model }: { study: Study; model: ModelFunction }): void => {
  if (rule.kind === "collapse") checkClasses(field, study);
  if (rule.kind === "endToEnd" || isLaw(rule)) checkDense(rule.kind, field, study);
  if (isLaw(rule)) checkLaw(rule, field, { study, model });
  if (rule.kind !== "singularValues" || matricesNamed(model, rule.tensors).length > 0) return;
  const known = matricesNamed(model, "*").map(({ name }) => name);
  throw new StudyError(`${field}.tensors`, `"${rule.tensors}" names no matrix of the model: they are ${known.join(", ")}`);
};

/** Throws StudyError for a probe that does not fit the model or the data. */
export const checkProbes = (study: Study, model: ModelFunction): void => {
  for (const [index, rule] of study.probes.entries()) checkProbe(rule, `probes[${index}]`, { study, model });
};
