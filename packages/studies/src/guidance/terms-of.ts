import type { Guidance, Study } from "@allot/spec";
import { StudyError } from "../errors.ts";
import { depthOf } from "../models/features.ts";
import { modelOf } from "../models/model.ts";
import type { FeedForward, ModelFunction } from "../models/tensors.ts";
import { asGuide, guideStudy } from "./guide.ts";
import { layerMap, type Pair } from "./layer-map.ts";
import { similarities } from "./similarity.ts";
import type { Term } from "./terms.ts";

/** Above this, matrices of all pairs of examples are larger than what trains. */
const mostExamples = 4000;

const checkExamples = (examples: number, field: string): void => {
  if (examples <= mostExamples) return;
  const gigabytes = (4 * examples ** 2) / 1e9;
  throw new StudyError(
    field,
    `compares every two of ${examples} training examples, ${gigabytes.toFixed(1)} GB for each layer of each trial: train on at most ${mostExamples} (data.examples)`,
  );
};

const checkPairs = (pairs: readonly Pair[], o: { field: string; guides: number; targets: number }): void => {
  for (const { target, guide } of pairs) {
    const wrong = target >= o.targets ? { of: "model", layer: target, last: o.targets - 1 } : { of: "guide", layer: guide, last: o.guides - 1 };
    if (wrong.layer > wrong.last)
      throw new StudyError(o.field, `names layer ${wrong.layer} of the ${wrong.of}: below its outputs it has layers 0 to ${wrong.last}`);
  }
  const twice = pairs.find(({ target }, i) => pairs.findIndex((other) => other.target === target) < i);
  if (twice !== undefined) throw new StudyError(o.field, `names layer ${twice.target} of the model twice: give it one guide layer, or another term`);
};

/** The guide's network. Throws StudyError where it does not fit the data. */
export const guideModel = (study: Study, term: Guidance, index: number): FeedForward =>
  asGuide(index, () => {
    const model = modelOf(guideStudy(study, term));
    if (model.kind === "feedForward" && depthOf(model) > 0) return model;
    throw new StudyError("model", "has no layers below its outputs to compare: use a model of images or vectors that has");
  });

/**
 * The terms of a study in programs; `examples` train, where it is known how many. Throws StudyError where a guide, its layers or the number of
 * examples do not fit.
 */
export const termsOf = (study: Study, model: ModelFunction, examples = 0): Term[] =>
  study.objective.guidance.map((term, index) => {
    const field = `objective.guidance[${index}]`;
    if (model.kind !== "feedForward" || depthOf(model) === 0)
      throw new StudyError(
        field,
        "compares layers of a model of images or vectors, and this one has none below its outputs: use one that has, or leave guidance out",
      );
    checkExamples(examples, field);
    const [guides, targets] = [depthOf(guideModel(study, term, index)), depthOf(model)];
    const pairs = layerMap(term.layers, guides, targets);
    checkPairs(pairs, { field: `${field}.layers`, guides, targets });
    return { index, pairs, similarity: similarities[term.distance], examples };
  });
