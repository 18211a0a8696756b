import type { Study } from "@allot/spec";
import { StudyError } from "../errors.ts";
import { checkInitialiser } from "../initialiser/initialiser.ts";
import type { ModelFunction } from "../models/tensors.ts";
import { isIterative, lengthOf, optimizerOf } from "../optimisers/length.ts";
import { asGuide, guideStudy } from "./guide.ts";
import { guideModel, termsOf } from "./terms-of.ts";

/** Throws StudyError for guidance that can't be trained with; `examples` train, where it is known how many. */
export const checkGuidance = (study: Study, model: ModelFunction, examples: number | undefined): void => {
  const { guidance, warm } = study.objective;
  if (guidance.length === 0) {
    if (warm !== undefined)
      throw new StudyError("objective.warm", "leaves the task out of the first updates, and there is nothing else to learn: add guidance");
    return;
  }
  const { kind } = optimizerOf(study);
  if (kind !== "none" && !isIterative(optimizerOf(study))) throw new StudyError("objective.guidance", `has no effect on ${kind}: leave it out`);
  termsOf(study, model, examples);
  for (const [index, term] of guidance.entries()) {
    const { tensors } = guideModel(study, term, index);
    asGuide(index, () => {
      checkInitialiser(guideStudy(study, term), tensors);
      if (term.guide.optimizer === undefined && term.guide.require !== undefined)
        throw new StudyError("require", "is of a trained guide: give it an optimizer, or leave it out");
      if (term.guide.optimizer === undefined) return;
      if (study.data.kind === "feedForwardTeacher") throw new StudyError("optimizer", "a teacher's data answer one model's sizes: train guides on image data");
      lengthOf(guideStudy(study, term), examples);
    });
  }
};
