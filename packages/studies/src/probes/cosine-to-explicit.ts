import type { Probe as ProbeRule } from "@allot/spec";
import { StudyError } from "../errors.ts";
import { coOccurrences, explicitWeight } from "../initialiser/explicit.ts";
import { weightName } from "../models/layers.ts";
import type { Exampled } from "../problems/problem.ts";
import type { Probe } from "./probe.ts";

/** A weight [classes, features] without each feature's mean over the classes, which softmax does not see. */
const centred = (weight: Float64Array, features: number): Float64Array => {
  const classes = weight.length / features;
  const mean = Float64Array.from({ length: features }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < classes; j++) sum += weight[j * features + i]!;
    return sum / classes;
  });
  return weight.map((value, at) => value - mean[at % features]!);
};

const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0);

/** Cosine between the first layer's weight and the explicit solution, at every measurement (studies.md 2c, A6). */
export const cosineToExplicit = (rule: Extract<ProbeRule, { kind: "cosineToExplicit" }>, examples: Exampled | undefined): Probe => {
  if (examples?.classified === undefined)
    throw new StudyError("probes", "cosineToExplicit compares with a solution from classes, and the data has none: leave it out");
  const { classified, model } = examples;
  const name = weightName(0);
  const features = model.tensors.find((tensor) => tensor.name === name)?.fanIn;
  if (features !== model.inputs || model.tensors.find((tensor) => tensor.name === name)?.shape[0] !== model.outputs)
    throw new StudyError(
      "probes",
      `cosineToExplicit compares weights from ${model.inputs} inputs to ${model.outputs} classes, and ${name} is none: use model softmax without hidden layers`,
    );
  let solution: Float64Array | undefined;
  const explicit = (): Float64Array => {
    const found = coOccurrences({ features: classified.inputs(), labels: classified.labels("train"), classes: model.outputs });
    return (solution ??= centred(explicitWeight({ ...rule, kind: "explicit", temperature: 1 }, found), features));
  };
  return {
    when: "measured",
    measure: (view) => {
      const [a, b] = [centred(view.tensor(name).values, features), explicit()];
      const norm = Math.sqrt(dot(a, a) * dot(b, b));
      return { cosineToExplicit: norm === 0 ? 0 : dot(a, b) / norm };
    },
  };
};
