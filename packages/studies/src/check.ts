import { type Study, unsupportedStudy } from "@allot/spec";
import { isMask } from "./allocation/form.ts";
import { checkMasks } from "./allocation/masks.ts";
import { allocate, type Governed } from "./allocation/scopes.ts";
import { checkLowRank } from "./data/low-rank-matrix.ts";
import { dataSizes } from "./data/sizes.ts";
import { isTokens } from "./data/tokens.ts";
import { StudyError } from "./errors.ts";
import { imageSide } from "./fixed/mexican-hat.ts";
import { checkGuidance } from "./guidance/check.ts";
import { checkInitialiser, isShared } from "./initialiser/initialiser.ts";
import { modelOf } from "./models/model.ts";
import type { ModelFunction } from "./models/tensors.ts";
import { isSquaredError, type Task, taskOf } from "./objectives/task.ts";
import { lengthOf, optimizerOf } from "./optimisers/length.ts";
import { checkMultipliers } from "./optimisers/optimiser.ts";
import { checkProbes } from "./probes/check.ts";

/** The most training examples an image data set can have. */
const largestTrainingSet = 60_000;

const checkClosedForm = (study: Study, task: Task): void => {
  const { kind } = optimizerOf(study);
  if (kind !== "leastSquares" && kind !== "levenbergMarquardt") return;
  if (task === "crossEntropy") throw new StudyError("optimizer.kind", `${kind} needs a squared error: use task meanSquaredError, or an iterative optimiser`);
  if (study.objective.l2 > 0) throw new StudyError("objective.l2", `has no effect on ${kind}: leave it out`);
};

const checkSquares = ({ objective }: Study, task: Task): void => {
  if (isSquaredError(task)) return;
  const field = (["reduction", "scale"] as const).find((name) => objective[name] !== undefined);
  if (field !== undefined) throw new StudyError(`objective.${field}`, `is of a squared error and the task is ${task}: leave it out`);
};

/** Training examples that the study itself names. */
const namedExamples = (study: Study): number | undefined => {
  const { data } = study;
  if (data.kind === "feedForwardTeacher" || data.kind === "characters" || isTokens(data)) return data.split.train;
  if (data.kind === "lowRankMatrix" || data.kind === "orthogonalClasses") return dataSizes(study)?.inputs;
  return data.kind === "mnist" || data.kind === "fashionMnist" ? (data.examples ?? data.split?.train) : undefined;
};

const examplesOf = (study: Study, loaded: number | undefined): number | undefined => {
  const { kind } = study.data;
  if (kind === "mnist" || kind === "fashionMnist") return loaded ?? namedExamples(study) ?? largestTrainingSet;
  return namedExamples(study);
};

const checkShared = (study: Study, { tensor, scope }: Governed): void => {
  if (scope !== undefined && "fixed" in scope.rule && scope.rule.fixed !== undefined && isShared(study, tensor))
    throw new StudyError(`${scope.field}.fixed`, `draws ${tensor.name}, which data.shared says starts as the teacher's: leave it out of one of the two`);
};

const checkFixed = ({ tensor, form, scope }: Governed, model: ModelFunction): void => {
  if (scope === undefined || !("fixed" in scope.rule) || scope.rule.fixed?.distribution !== "mexicanHat" || tensor.role !== "weight") return;
  if (form.strategy === "mixRandom")
    throw new StudyError(
      `${scope.field}.fixed.distribution`,
      "mexicanHat draws on a square image and mixRandom's fixed weights see no input: use normal, uniform, binary or ternary",
    );
  const whole = model.kind === "feedForward" && tensor.name === "layer.0.weight" && tensor.fanIn === model.inputs;
  if (!whole || imageSide(tensor.fanIn) === undefined)
    throw new StudyError(
      `${scope.field}.fixed.distribution`,
      `mexicanHat draws on a square image and ${tensor.name} has ${tensor.fanIn} inputs that are none: use it on layer.0 of image data`,
    );
};

const checkAllocation = (model: ModelFunction, study: Study): void => {
  const { tensors, scopes } = allocate(model, study.allocation);
  for (const governed of tensors) {
    checkShared(study, governed);
    checkFixed(governed, model);
  }
  for (const scope of scopes.filter(({ rule }) => isMask(rule))) checkMasks(model, scope);
};

/**
 * Throws StudyError, naming field, value and fix, for everything that can be
 * known of a study without training it: what is not supported yet, a task, model
 * or optimiser that does not fit, rules that name no tensor, and budgets above
 * their scope's size. `trainingExamples` is what the data at hand have, where it is known.
 */
export const checkStudy = (study: Study, { trainingExamples }: { trainingExamples?: number } = {}): void => {
  const [unsupported] = unsupportedStudy(study);
  if (unsupported !== undefined) throw new StudyError("study", unsupported);
  if (study.data.kind === "sleep") return;
  const task = taskOf(study);
  checkClosedForm(study, task);
  checkSquares(study, task);
  checkLowRank(study);
  const model = modelOf(study);
  lengthOf(study, examplesOf(study, trainingExamples));
  checkInitialiser(study, model.tensors);
  checkMultipliers(optimizerOf(study), model.tensors);
  checkAllocation(model, study);
  checkProbes(study, model);
  checkGuidance(study, model, trainingExamples ?? namedExamples(study));
};
