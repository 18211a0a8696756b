import type { Costs } from "@allot/expansion";
import type { Study } from "@allot/spec";
import { learnableParameters, StudyError, trainingFlops } from "@allot/studies";

const orWhyNot =
  (cost: (study: Study) => number) =>
  (study: Study): number | { readonly impossible: string } => {
    try {
      return cost(study);
    } catch (error) {
      if (error instanceof StudyError) return { impossible: `trainer.study.${error.message}` };
      throw error;
    }
  };

/** What studies cost, by their models: for budgets that numbers of a study follow from. */
export const studyCosts: Costs = { learnableParameters: orWhyNot(learnableParameters), trainingFlops: orWhyNot(trainingFlops) };
