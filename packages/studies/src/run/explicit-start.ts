import { StudyError } from "../errors.ts";
import { type CoOccurrences, coOccurrences, type ExplicitRule, explicitBias, explicitWeight } from "../initialiser/explicit.ts";
import { explicitRule } from "../initialiser/initialiser.ts";
import { weightName } from "../models/layers.ts";
import type { TensorSpec } from "../models/tensors.ts";
import type { Drawing } from "./drawing.ts";

const occurrencesOf = (tensor: TensorSpec, { problem, before }: Drawing): CoOccurrences => {
  const { examples } = problem;
  if (examples?.classified === undefined)
    throw new StudyError("initialiser", `explicit for ${tensor.name} counts features beside classes, and the data has no classes: use another kind`);
  const { model, classified } = examples;
  const features = model.forwardNumbers(before, classified.inputs(), tensor.name);
  const found = coOccurrences({ features, labels: classified.labels("train"), classes: model.outputs });
  if (found.smallest < 0) {
    const cause = tensor.name === weightName(0) ? "data.featureNorm none, l1 or binary" : "activation relu, sigmoid or softmax below it";
    throw new StudyError("initialiser", `explicit for ${tensor.name} takes logarithms of features, and one of them is ${found.smallest}: use ${cause}`);
  }
  return found;
};

const valueOf = (tensor: TensorSpec, rule: ExplicitRule, drawing: Drawing): Float64Array => {
  if (tensor.role === "weight") return explicitWeight(rule, occurrencesOf(tensor, drawing));
  const weight = drawing.problem.model.tensors.find(({ layer, role }) => layer === tensor.layer && role === "weight")!;
  return explicitBias(rule, occurrencesOf(weight, drawing));
};

/** A tensor's value where its rule says that it is an explicit solution of the training set; undefined elsewhere. */
export const explicitStart = (tensor: TensorSpec, drawing: Drawing): Float64Array | undefined => {
  const rule = explicitRule(drawing.setup.study, tensor);
  return rule && valueOf(tensor, rule, drawing);
};
