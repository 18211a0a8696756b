import { type Expansion, studyOf } from "@allot/expansion";
import type { Study } from "@allot/spec";

/** Columns a measured point has, roughly: loss and accuracy on the training and the validation part. */
const metricsPerPoint = 4;
/** Bytes of one measurement and of one outcome row in the sealed files, as seen in sweeps of both studies. */
const bytesPerMeasurement = 8;
const bytesPerOutcome = 260;

/** How often a program reports is its own affair: a guess. */
const pointsOfProgram = 20;

/** How often a study measures; where that depends on the data, once per epoch. */
const pointsOf = (study: Study): number => {
  const optimizer = study.optimizer;
  if (!optimizer || !("learningRate" in optimizer)) return 1;
  if (optimizer.steps !== undefined) {
    return study.measureEvery === undefined ? Math.min(20, optimizer.steps) : Math.ceil(optimizer.steps / study.measureEvery);
  }
  return optimizer.epochs ?? 1;
};

/** Predicted size of the sealed results: outcomes and measurements, from three trials spread over the sweep. */
export const predictedBytes = (expansion: Expansion): number => {
  const { trials } = expansion;
  if (trials === 0) return 0;
  const sample = [0, Math.floor((trials - 1) / 2), trials - 1];
  const { study } = expansion.sweep.spec.trainer;
  const points = sample.map((index) => (study ? pointsOf(studyOf(expansion, expansion.trialAt(index))) : pointsOfProgram));
  const mean = points.reduce((sum, count) => sum + count, 0) / points.length;
  return Math.round(trials * (bytesPerOutcome + mean * metricsPerPoint * bytesPerMeasurement));
};
