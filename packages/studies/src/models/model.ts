import type { Model, Study } from "@allot/spec";
import { imageClasses, imagePixels } from "../data/images.ts";
import { StudyError } from "../errors.ts";
import { linearRnn } from "./linear-rnn.ts";
import { mlp } from "./mlp.ts";
import type { ModelFunction } from "./tensors.ts";

type Mlp = Extract<Model, { kind: "mlp" }>;

const isImages = (study: Study): boolean => study.data.kind === "mnist" || study.data.kind === "fashionMnist";

const fixedSize = (field: string, given: number | undefined, fixed: number): number => {
  if (given !== undefined && given !== fixed) throw new StudyError(field, `is ${given} and the data has ${fixed}: leave it out`);
  return fixed;
};

const givenSize = (field: string, given: number | undefined): number => {
  if (given === undefined) throw new StudyError(field, "is missing: a teacher's data has no size of its own, so give the model's inputs and outputs");
  return given;
};

const mlpOf = (study: Study, model: Mlp): ModelFunction => {
  const inputs = isImages(study) ? fixedSize("model.inputs", model.inputs, imagePixels) : givenSize("model.inputs", model.inputs);
  const outputs = isImages(study) ? fixedSize("model.outputs", model.outputs, imageClasses) : givenSize("model.outputs", model.outputs);
  return mlp({ sizes: [inputs, ...model.hidden, outputs], activation: model.activation, bias: model.bias });
};

/** The study's model with the sizes its data asks for. Throws StudyError where the two do not fit. */
export const modelOf = (study: Study): ModelFunction => {
  const { model, data } = study;
  if (model === undefined) throw new StudyError("model", `is missing: data ${data.kind} needs one`);
  if (model.kind === "linearRnn") {
    if (data.kind !== "linearRnnTeacher") throw new StudyError("model.kind", `is linearRnn and the data is ${data.kind}: use mlp, or data linearRnnTeacher`);
    return linearRnn(model);
  }
  if (model.kind !== "mlp") throw new StudyError("model.kind", `${model.kind}: not supported yet; mlp and linearRnn are`);
  if (data.kind === "linearRnnTeacher")
    throw new StudyError("model.kind", "is mlp and the data is linearRnnTeacher: use linearRnn, or data feedForwardTeacher");
  return mlpOf(study, model);
};

/** The shapes of the tensors that a study trains, by name; none for the no-op trial. Throws StudyError as `modelOf`. */
export const tensorShapes = (study: Study): Record<string, readonly number[]> =>
  study.data.kind === "sleep" ? {} : Object.fromEntries(modelOf(study).tensors.map(({ name, shape }) => [name, shape]));
