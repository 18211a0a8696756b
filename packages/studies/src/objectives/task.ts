import type { Study } from "@allot/spec";
import { StudyError } from "../errors.ts";

export type Task = "crossEntropy" | "meanSquaredError" | "markovNmse";

/** Tasks a data set can be trained on; the first is its default. */
const tasksOf: Readonly<Record<string, readonly Task[]>> = {
  mnist: ["crossEntropy", "meanSquaredError"],
  fashionMnist: ["crossEntropy", "meanSquaredError"],
  characters: ["crossEntropy", "meanSquaredError"],
  linearRnnTeacher: ["markovNmse"],
  feedForwardTeacher: ["meanSquaredError"],
  copyPaste: ["crossEntropy"],
  parity: ["crossEntropy"],
};

/** `objective.task`, or what the data ask for. Throws StudyError for a task the data have no targets for. */
export const taskOf = (study: Study): Task => {
  const { kind } = study.data;
  const allowed = tasksOf[kind];
  if (allowed === undefined) throw new StudyError("data.kind", `${kind}: not supported yet; ${Object.keys(tasksOf).join(", ")} and sleep are`);
  const asked = study.objective.task ?? allowed[0];
  const task = allowed.find((candidate) => candidate === asked);
  if (task === undefined) throw new StudyError("objective.task", `${asked} does not fit data ${kind}: use ${allowed.join(" or ")}`);
  return task;
};
