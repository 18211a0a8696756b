import { deriveKey, normals } from "@allot/tensor";
import { teacherDraw } from "../initialiser/initialiser.ts";
import { type Matrix, matrix } from "../models/numbers.ts";
import type { FeedForward } from "../models/tensors.ts";
import type { TrialSetup } from "../run/run.ts";

/** Inputs [count, inputs] and the teacher's outputs [count, outputs]. */
export interface TeacherExamples {
  readonly inputs: Matrix;
  readonly targets: Float64Array;
}

/** `count` standard Gaussian inputs of a part (stream `data`) and what a teacher of the student's sizes (stream `teacher`) answers, float64. */
export const teacherExamples = (model: FeedForward, setup: TrialSetup, o: { part: string; count: number }): TeacherExamples => {
  const { study, streams } = setup;
  const weights = new Map(model.tensors.map((tensor) => [tensor.name, teacherDraw(study, tensor, deriveKey(streams.teacher, tensor.name))]));
  const inputs = matrix(normals(deriveKey(streams.data, o.part), o.count * model.inputs), model.inputs);
  return { inputs, targets: model.forwardNumbers(weights, inputs).values };
};
