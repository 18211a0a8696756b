import { type Expansion, type Plan, studyOf } from "@allot/expansion";
import type { Study } from "@allot/spec";

/** What a Parquet file has besides its rows, and what a row adds; fitted to sweeps of all kinds of data, which are within a factor of 2. */
const segment = { file: 3600, outcome: 95 };
const measurements = { file: 650, point: 5 };

/** What a program reports, and how often, is its own affair: a guess. */
const valuesOfProgram = 80;

/** How often a study measures; where that depends on the data, once per epoch. */
const pointsOf = (study: Study): number => {
  const optimizer = study.optimizer;
  if (!optimizer || !("learningRate" in optimizer)) return 1;
  if (optimizer.steps !== undefined) {
    return study.measureEvery === undefined ? Math.min(20, optimizer.steps) : Math.ceil(optimizer.steps / study.measureEvery);
  }
  return optimizer.epochs ?? 1;
};

/** Metrics of a measurement: loss and one more, of the training part and of the validation part where there is one. */
const metricsOf = ({ data }: Study): number => {
  if (data.kind === "sleep") return 1;
  const validated =
    ["feedForwardTeacher", "copyPaste", "parity"].includes(data.kind) || ((data.kind === "mnist" || data.kind === "fashionMnist") && data.validation !== false);
  return validated ? 4 : 2;
};

/** Bytes that a sweep is expected to leave in its store. */
export interface TableBytes {
  readonly segments: number;
  readonly measurements: number;
}

/** Predicted size of the sealed tables. All trials of a shape class measure equally often. */
export const predictedTables = (expansion: Expansion, { classes, packs }: Plan): TableBytes => {
  const { study } = expansion.sweep.spec.trainer;
  const valuesAt = (trial: number): number => {
    if (!study) return valuesOfProgram;
    const own = studyOf(expansion, expansion.trialAt(trial));
    return pointsOf(own) * metricsOf(own);
  };
  const values = classes.reduce((sum, { firstTrial, trials }) => sum + trials * valuesAt(firstTrial), 0);
  return {
    segments: packs * segment.file + expansion.trials * segment.outcome,
    measurements: packs * measurements.file + values * measurements.point,
  };
};
