import type { Study } from "@allot/spec";
import type { Costs } from "../derive.ts";

const width = ({ model }: Study): number => (model?.kind === "mlp" ? (model.hidden[0] ?? 0) : 0);
const masked = ({ allocation }: Study): number => Object.values(allocation).reduce((sum, rule) => sum + ("count" in rule ? (rule.count ?? 0) : 0), 0);
const steps = ({ optimizer }: Study): number => (optimizer && "steps" in optimizer ? (optimizer.steps ?? 0) : 0);

/** Costs that rise as a model's do, in numbers that need none: 10 a unit of the first layer and 1 a masked weight; 1,000 an update and unit. */
export const simpleCosts: Costs = {
  learnableParameters: (study) => 10 * width(study) + masked(study),
  trainingFlops: (study) => 1000 * steps(study) * width(study),
};
