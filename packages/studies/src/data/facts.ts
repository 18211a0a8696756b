import { type Matrix, matrix } from "../models/numbers.ts";
import { crossSpectrum, momentsOf, type Spectrum, spectrumOf } from "./moments.ts";

/** A mean and a standard deviation (n). */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

/** What can be known of examples before anything is trained. */
export interface DataFacts {
  readonly examples: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Examples of each class; absent where targets are no classes. */
  readonly classes?: readonly number[];
  /** Of the inputs about their mean. */
  readonly spectrum: Spectrum;
  /** Largest and smallest eigenvalue of XᵀX / n, about 0: equal where the inputs are white. */
  readonly moments: { readonly largest: number; readonly smallest: number };
  /** Rank of Y·Xᵀ. */
  readonly targetRank: number;
  /** L1 norm of an input. */
  readonly norm1: Spread;
  /** L2 norm of an input. */
  readonly norm2: Spread;
  readonly smallest: number;
}

/** Inputs [rows, inputs], targets [rows, outputs]; `labels` says that these are one-hot classes. */
export interface InspectedExamples {
  readonly inputs: Matrix;
  readonly targets: Matrix;
  readonly labels: boolean;
}

const spreadOf = (values: readonly number[]): Spread => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length) };
};

const rowsOf = ({ values, width }: Matrix): Float64Array[] =>
  Array.from({ length: values.length / width }, (_, row) => values.subarray(row * width, (row + 1) * width));

const centred = (x: Matrix): Matrix => {
  const rows = rowsOf(x);
  const mean = new Float64Array(x.width);
  for (const row of rows) for (const [j, value] of row.entries()) mean[j] = mean[j]! + value / rows.length;
  return matrix(
    x.values.map((value, at) => value - mean[at % x.width]!),
    x.width,
  );
};

/** Everything of examples that `allot data inspect` shows, float64. */
export const factsOf = ({ inputs, targets, labels }: InspectedExamples): DataFacts => {
  const rows = rowsOf(inputs);
  const moments = momentsOf(inputs);
  const cross = crossSpectrum(targets, inputs);
  return {
    examples: rows.length,
    inputs: inputs.width,
    outputs: targets.width,
    ...(labels && { classes: Array.from({ length: targets.width }, (_, one) => rowsOf(targets).filter((row) => row[one] === 1).length) }),
    spectrum: spectrumOf(momentsOf(centred(inputs))),
    moments: { largest: Math.max(...moments), smallest: inputs.width > rows.length ? 0 : Math.max(0, Math.min(...moments)) },
    targetRank: spectrumOf(cross.map((value) => value ** 2)).rank,
    norm1: spreadOf(rows.map((row) => row.reduce((sum, value) => sum + Math.abs(value), 0))),
    norm2: spreadOf(rows.map((row) => Math.sqrt(row.reduce((sum, value) => sum + value * value, 0)))),
    smallest: inputs.values.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY),
  };
};
