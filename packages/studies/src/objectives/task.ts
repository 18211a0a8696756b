import type { Study } from "@allot/spec";
import { StudyError } from "../errors.ts";

export type Task = "crossEntropy" | "meanSquaredError" | "maskedMeanSquaredError" | "markovNmse";

/** Tasks a data set can be trained on; the first is its default. */
const tasksOf: Readonly<Record<string, readonly Task[]>> = {
  mnist: ["crossEntropy", "meanSquaredError"],
  fashionMnist: ["crossEntropy", "meanSquaredError"],
  characters: ["crossEntropy", "meanSquaredError"],
  linearRnnTeacher: ["markovNmse"],
  feedForwardTeacher: ["meanSquaredError"],
  lowRankMatrix: ["meanSquaredError"],
  orthogonalClasses: ["meanSquaredError", "crossEntropy"],
  copyPaste: ["crossEntropy"],
  parity: ["crossEntropy"],
};

/** A matrix known in part is completed, and no other can be. */
const allowedFor = ({ data }: Study): readonly Task[] | undefined =>
  data.kind === "lowRankMatrix" && data.observed < 1 ? ["maskedMeanSquaredError"] : tasksOf[data.kind];

/** Whether a task's loss is of squares that `objective.reduction` and `objective.scale` speak of. */
export const isSquaredError = (task: Task): task is "meanSquaredError" | "maskedMeanSquaredError" =>
  task === "meanSquaredError" || task === "maskedMeanSquaredError";

/** `objective.task`, or what the data ask for. Throws StudyError for a task the data have no targets for. */
export const taskOf = (study: Study): Task => {
  const { kind } = study.data;
  const allowed = allowedFor(study);
  if (allowed === undefined) throw new StudyError("data.kind", `${kind}: not supported yet; ${Object.keys(tasksOf).join(", ")} and sleep are`);
  const asked = study.objective.task ?? allowed[0];
  const task = allowed.find((candidate) => candidate === asked);
  if (task === undefined) throw new StudyError("objective.task", `${asked} does not fit data ${kind}: use ${allowed.join(" or ")}`);
  return task;
};
