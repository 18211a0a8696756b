import type { Model, Study } from "@allot/spec";
import { imageClasses } from "../data/images.ts";
import { imageSideOf } from "../data/sizes.ts";
import { isTokens, tokenTask } from "../data/tokens.ts";
import { StudyError } from "../errors.ts";
import { conv } from "./conv.ts";
import { linearRnn } from "./linear-rnn.ts";
import { mlp } from "./mlp.ts";
import type { Positions } from "./positions.ts";
import { rnn } from "./rnn.ts";
import { imageOf, inputsOf, outputsOf, sequenceOf } from "./sizes.ts";
import { softmax } from "./softmax.ts";
import type { FeedForward, ModelFunction } from "./tensors.ts";
import { transformer } from "./transformer.ts";

const deepLinear = (study: Study, model: Extract<Model, { kind: "deepLinear" }>): FeedForward => {
  const inputs = inputsOf(study, model);
  const { depth, width = inputs } = model;
  const hidden = Array.from({ length: depth - 1 }, () => width);
  return mlp({ sizes: [inputs, ...hidden, outputsOf(study, model)], activation: "linear", bias: false });
};

/** A model of examples. */
const feedForward = (study: Study, model: Exclude<Model, { kind: "linearRnn" | "rnn" | "transformer" }>): FeedForward => {
  if (model.kind === "mlp")
    return mlp({ sizes: [inputsOf(study, model), ...model.hidden, outputsOf(study, model)], activation: model.activation, bias: model.bias });
  if (model.kind === "softmax") return softmax({ sizes: [inputsOf(study, model), ...model.hidden, outputsOf(study, model)], bias: model.bias });
  if (model.kind === "deepLinear") return deepLinear(study, model);
  if (model.kind === "conv1d") return conv({ ...model, image: sequenceOf(study, model), outputs: outputsOf(study, model) });
  return conv({ ...model, image: imageOf(study, model), outputs: outputsOf(study, model) });
};

/** What a recurrent network or a transformer reads: tokens, or an image row by row. Throws StudyError for other data. */
const positionsOf = (study: Study, kind: string): Positions => {
  if (isTokens(study.data)) {
    const { length, tokens, classes } = tokenTask(study.data);
    return { length, width: tokens, of: "tokens", outputs: classes };
  }
  const side = imageSideOf(study);
  if (side !== undefined) return { length: side, width: side, of: "vectors", outputs: imageClasses };
  throw new StudyError("model.kind", `is ${kind} and the data is ${study.data.kind}: use mlp, conv1d or conv2d, or data of tokens or images`);
};

/** The study's model with the sizes its data asks for. Throws StudyError where the two do not fit. */
export const modelOf = (study: Study): ModelFunction => {
  const { model, data } = study;
  if (model === undefined) throw new StudyError("model", `is missing: data ${data.kind} needs one`);
  if (model.kind === "linearRnn") {
    const instead = isTokens(data) ? "rnn or transformer" : "mlp";
    if (data.kind !== "linearRnnTeacher")
      throw new StudyError("model.kind", `is linearRnn and the data is ${data.kind}: use ${instead}, or data linearRnnTeacher`);
    return linearRnn(model);
  }
  if (data.kind === "linearRnnTeacher")
    throw new StudyError("model.kind", `is ${model.kind} and the data is linearRnnTeacher: use linearRnn, or data feedForwardTeacher`);
  if (model.kind === "rnn") return rnn({ ...model, positions: positionsOf(study, model.kind) });
  if (model.kind === "transformer") return transformer({ ...model, positions: positionsOf(study, model.kind) });
  if (isTokens(data)) throw new StudyError("model.kind", `is ${model.kind} and the data is ${data.kind}: use rnn or transformer`);
  return feedForward(study, model);
};

/** The shapes of the tensors that a study trains, by name; none for the no-op trial. Throws StudyError as `modelOf`. */
export const tensorShapes = (study: Study): Record<string, readonly number[]> =>
  study.data.kind === "sleep" ? {} : Object.fromEntries(modelOf(study).tensors.map(({ name, shape }) => [name, shape]));
