import type { Model, Study } from "@allot/spec";
import { StudyError } from "../errors.ts";
import { conv } from "./conv.ts";
import { linearRnn } from "./linear-rnn.ts";
import { mlp } from "./mlp.ts";
import { imageOf, inputsOf, outputsOf, sequenceOf } from "./sizes.ts";
import type { FeedForward, ModelFunction } from "./tensors.ts";

/** A model of examples; undefined for a kind that comes later. */
const feedForward = (study: Study, model: Model): FeedForward | undefined => {
  if (model.kind === "mlp")
    return mlp({ sizes: [inputsOf(study, model), ...model.hidden, outputsOf(study, model)], activation: model.activation, bias: model.bias });
  if (model.kind === "conv1d") return conv({ ...model, image: sequenceOf(study, model), outputs: outputsOf(study, model) });
  return model.kind === "conv2d" ? conv({ ...model, image: imageOf(study, model), outputs: outputsOf(study, model) }) : undefined;
};

/** The study's model with the sizes its data asks for. Throws StudyError where the two do not fit. */
export const modelOf = (study: Study): ModelFunction => {
  const { model, data } = study;
  if (model === undefined) throw new StudyError("model", `is missing: data ${data.kind} needs one`);
  if (model.kind === "linearRnn") {
    if (data.kind !== "linearRnnTeacher") throw new StudyError("model.kind", `is linearRnn and the data is ${data.kind}: use mlp, or data linearRnnTeacher`);
    return linearRnn(model);
  }
  if (data.kind === "linearRnnTeacher")
    throw new StudyError("model.kind", `is ${model.kind} and the data is linearRnnTeacher: use linearRnn, or data feedForwardTeacher`);
  const found = feedForward(study, model);
  if (found === undefined) throw new StudyError("model.kind", `${model.kind}: not supported yet; mlp, conv1d, conv2d and linearRnn are`);
  return found;
};

/** The shapes of the tensors that a study trains, by name; none for the no-op trial. Throws StudyError as `modelOf`. */
export const tensorShapes = (study: Study): Record<string, readonly number[]> =>
  study.data.kind === "sleep" ? {} : Object.fromEntries(modelOf(study).tensors.map(({ name, shape }) => [name, shape]));
