import type { Study } from "@allot/spec";
import type { Dataset } from "../data/dataset.ts";
import { dataSizes } from "../data/sizes.ts";
import { isTokens } from "../data/tokens.ts";
import { StudyError } from "../errors.ts";
import { modelOf } from "../models/model.ts";
import { isSquaredError, taskOf } from "../objectives/task.ts";
import type { Length } from "../optimisers/length.ts";
import { classifiedSource, type ExampleSource, teacherSource } from "./examples.ts";
import { lowRankSource } from "./low-rank-source.ts";
import { markovProblem } from "./markov.ts";
import { orthogonalSource } from "./orthogonal-source.ts";
import type { Problem } from "./problem.ts";
import { supervisedProblem } from "./supervised.ts";
import { drawnTokens } from "./token-source.ts";
import { tokenProblem } from "./tokens.ts";

/** Training examples of a study; undefined where there are none or only the data set knows. */
export const trainingExamples = (study: Study, dataset: Dataset | undefined): number | undefined => {
  if (study.data.kind === "feedForwardTeacher" || isTokens(study.data)) return study.data.split.train;
  if (study.data.kind === "lowRankMatrix" || study.data.kind === "orthogonalClasses") return dataSizes(study)?.inputs;
  return dataset?.kind === "classified" ? dataset.train.count : undefined;
};

const sourceOf = (
  study: Study,
  dataset: Dataset | undefined,
  o: { model: Extract<Problem["model"], { kind: "feedForward" }>; oneHot: boolean },
): ExampleSource => {
  if (study.data.kind === "feedForwardTeacher") return teacherSource(o.model, study.data.split);
  if (study.data.kind === "lowRankMatrix") return lowRankSource(study.data);
  if (study.data.kind === "orthogonalClasses") return orthogonalSource(study.data, o);
  if (dataset?.kind !== "classified") throw new StudyError("data", `${study.data.kind} needs its files loaded`);
  return classifiedSource(dataset, o);
};

/** The study's model, data and objective. Throws StudyError where they do not fit together. */
export const problemOf = (study: Study, dataset: Dataset | undefined, length: Length): Problem => {
  const task = taskOf(study);
  const model = modelOf(study);
  if (model.kind === "linearSequence") {
    if (study.data.kind !== "linearRnnTeacher") throw new StudyError("data.kind", `${study.data.kind} has no sequences`);
    return markovProblem(model, study.data.steps);
  }
  if (model.kind === "tokens") {
    if (!isTokens(study.data)) throw new StudyError("data.kind", `${study.data.kind} has no tokens`);
    return tokenProblem({ model, source: drawnTokens(study.data.split, model), batches: length.batches });
  }
  if (task === "markovNmse") throw new StudyError("objective.task", "markovNmse needs model linearRnn");
  const source = sourceOf(study, dataset, { model, oneHot: isSquaredError(task) });
  return supervisedProblem({ model, source, task, objective: study.objective, batches: length.batches });
};
