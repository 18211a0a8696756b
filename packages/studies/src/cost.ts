import type { Study } from "@allot/spec";
import { isMask } from "./allocation/form.ts";
import { maskedEntries } from "./allocation/masks.ts";
import { allocate } from "./allocation/scopes.ts";
import type { Dataset, Examples } from "./data/dataset.ts";
import { StudyError } from "./errors.ts";
import { modelOf } from "./models/model.ts";
import { sizeOf } from "./models/tensors.ts";
import { lengthOf } from "./optimisers/length.ts";
import { parametrisationOf } from "./parametrisation/parametrise.ts";
import { parametrised } from "./parametrisation/parametrised.ts";
import { trainingExamples } from "./problems/problem-of.ts";
import { flopsOfStep } from "./run/plan.ts";

/**
 * Scalars that receive gradient: what a run counts as `Facts.learnableParameters`, of a study that is only
 * written down. Nothing is drawn or traced. Throws StudyError where parts do not fit, and for `bernoulli`.
 */
export const learnableParameters = (study: Study): number => {
  if (study.data.kind === "sleep") return 0;
  const model = modelOf(study);
  const { tensors, scopes } = allocate(model, study.allocation);
  const slots = tensors.filter(({ masked }) => !masked).flatMap(({ tensor, form }) => parametrised(tensor, parametrisationOf(tensor, form)).slots);
  const whole = slots.filter(({ role }) => role === "learnable").reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return scopes.filter(({ rule }) => isMask(rule)).reduce((sum, scope) => sum + maskedEntries(model, scope), whole);
};

/** Training examples of loaded data as far as updates depend on them, which are counted before files are read. */
const loadedExamples = ({ data, optimizer }: Study): number => {
  const given = data.kind === "mnist" || data.kind === "fashionMnist" ? (data.examples ?? data.split?.train) : undefined;
  if (given !== undefined) return given;
  if (data.kind === "characters") return data.split.train;
  if (optimizer !== undefined && "batch" in optimizer && optimizer.batch !== "full" && optimizer.steps !== undefined) return optimizer.batch;
  throw new StudyError(
    "data.split",
    "is missing: updates are counted before files are read, so say how many examples train, or give optimizer.steps and batch",
  );
};

const unread = (count: number): Examples => ({ count, inputs: new Uint8Array(), labels: new Uint8Array() });

/** As many examples as are said, and nothing in them. */
const standIn = (study: Study): Dataset => {
  const { kind } = study.data;
  const model = modelOf(study);
  if (model.kind !== "feedForward" || (kind !== "mnist" && kind !== "fashionMnist" && kind !== "characters")) return { kind: "generated" };
  const train = loadedExamples(study);
  const none = unread(0);
  return {
    kind: "classified",
    width: model.inputs,
    classes: model.outputs,
    divisor: 1,
    train: unread(train),
    validation: none,
    test: none,
    split: { train, validation: 0, test: 0 },
  };
};

/** Floating-point operations of a whole training: updates × `Facts.flopsPerStep`. Throws StudyError where parts do not fit. */
export const trainingFlops = (study: Study): number => {
  if (study.data.kind === "sleep") return 0;
  const dataset = standIn(study);
  const perStep = flopsOfStep(study, dataset);
  return perStep * lengthOf({ ...study, measureAt: undefined }, trainingExamples(study, dataset)).steps;
};
