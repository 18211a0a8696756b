import type { InitialiserRule } from "@allot/spec";
import { log } from "@allot/tensor";
import type { Matrix } from "../models/numbers.ts";

export type ExplicitRule = Extract<InitialiserRule, { kind: "explicit" }>;

/** Non-negative features [rows, features] and the class of each row. */
export interface Classified {
  readonly features: Matrix;
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

/** What an explicit solution is made of; sums over examples, so that it could be made of parts of the data and added up. */
export interface CoOccurrences {
  /** F = XᵀY, [features, classes]. */
  readonly counts: Float64Array;
  /** Examples of each class. */
  readonly prior: Float64Array;
  /** Mean L1 norm of a row: the priming number. */
  readonly norm: number;
  readonly smallest: number;
}

const made = new WeakMap<Matrix, CoOccurrences>();

/** F = XᵀY and what goes with it: one pass over the examples, made once for the same features. */
export const coOccurrences = ({ features, labels, classes }: Classified): CoOccurrences => {
  const known = made.get(features);
  if (known !== undefined) return known;
  const { values, width } = features;
  const rows = values.length / width;
  const counts = new Float64Array(width * classes);
  const prior = new Float64Array(classes);
  let [sum, smallest] = [0, Number.POSITIVE_INFINITY];
  for (let row = 0; row < rows; row++) {
    const label = labels[row]!;
    prior[label] = prior[label]! + 1;
    for (let i = 0; i < width; i++) {
      const value = values[row * width + i]!;
      smallest = Math.min(smallest, value);
      if (value === 0) continue;
      sum += value;
      counts[i * classes + label] = counts[i * classes + label]! + value;
    }
  }
  const found = { counts, prior, norm: sum / rows, smallest };
  made.set(features, found);
  return found;
};

/** Where a count is 0 and nothing smooths it; e to its logarithm is 0 as well. */
const floor = 1e-300;

const logOf = (value: number): number => log(Math.max(value, floor));

/**
 * The explicit solution U of a softmax layer, as a weight [classes, features]: U_ij = log F_ij − (K−1)/K · log f_j, f_j = Σ_i F_ij, with
 * co-occurrences F smoothed by α (studies.md 2a; Williams and Zhao 2023). `logJoint` and `naiveBayesBias` are log P(i|j), the former with
 * log P(j) / K added to each feature's.
 */
export const explicitWeight = ({ form, priming, smoothing, temperature }: ExplicitRule, { counts, prior, norm }: CoOccurrences): Float64Array => {
  const classes = prior.length;
  const features = counts.length / classes;
  const k = priming === "mean" ? norm : priming;
  const smoothed = counts.map((count) => count + smoothing);
  const sums = new Float64Array(classes);
  for (const [at, value] of smoothed.entries()) sums[at % classes] = sums[at % classes]! + value;
  const examples = prior.reduce((a, b) => a + b, 0);
  const shift = Float64Array.from({ length: classes }, (_, j) => {
    if (form === "kNorm") return (-(k - 1) / k) * logOf(sums[j]!);
    return -logOf(sums[j]!) + (form === "logJoint" ? logOf(prior[j]! / examples) / k : 0);
  });
  const weight = new Float64Array(counts.length);
  for (let j = 0; j < classes; j++) for (let i = 0; i < features; i++) weight[j * features + i] = (logOf(smoothed[i * classes + j]!) + shift[j]!) / temperature;
  return weight;
};

/** The bias that goes with `naiveBayesBias`: log P(j). */
export const explicitBias = ({ temperature }: ExplicitRule, { prior }: CoOccurrences): Float64Array => {
  const examples = prior.reduce((a, b) => a + b, 0);
  return prior.map((count) => logOf(count / examples) / temperature);
};
