import type { Study } from "@allot/spec";
import type { ClassifiedDataset, Examples } from "./dataset.ts";

type Images = Extract<Study["data"], { kind: "mnist" | "fashionMnist" }>;
type FeatureNorm = NonNullable<Images["featureNorm"]>;

const parts = ["train", "validation", "test"] as const;

const withInputs = (dataset: ClassifiedDataset, map: (inputs: Float64Array) => Float64Array, width = dataset.width): ClassifiedDataset => {
  const numbers = ({ inputs }: Examples): Float64Array =>
    Float64Array.from(inputs, inputs instanceof Uint8Array ? (byte) => byte / dataset.divisor : undefined);
  const mapped = parts.map((part) => [part, { ...dataset[part], inputs: map(numbers(dataset[part])) }] as const);
  return { ...dataset, width, ...Object.fromEntries(mapped) };
};

/** The mean of every size × size pixels of square images [count, side·side]: [count, (side/size)²]. */
const pooled = (inputs: Float64Array, side: number, size: number): Float64Array => {
  const to = side / size;
  const means = new Float64Array(inputs.length / (size * size));
  for (let at = 0; at < inputs.length; at++) {
    const [image, row, column] = [Math.floor(at / (side * side)), Math.floor(at / side) % side, at % side];
    const cell = image * to * to + Math.floor(row / size) * to + Math.floor(column / size);
    means[cell] = means[cell]! + inputs[at]! / (size * size);
  }
  return means;
};

const perInput = (inputs: Float64Array, width: number, map: (row: Float64Array) => void): Float64Array => {
  for (let from = 0; from < inputs.length; from += width) map(inputs.subarray(from, from + width));
  return inputs;
};

const sumOf = (row: Float64Array): number => row.reduce((sum, value) => sum + value, 0);

/** Mean and standard deviation of each feature. */
const moments = (inputs: Float64Array, width: number): { mean: Float64Array; deviation: Float64Array } => {
  const count = inputs.length / width;
  const [mean, square] = [new Float64Array(width), new Float64Array(width)];
  for (const [at, value] of inputs.entries()) mean[at % width] = mean[at % width]! + value / count;
  for (const [at, value] of inputs.entries()) square[at % width] = square[at % width]! + (value - mean[at % width]!) ** 2 / count;
  return { mean, deviation: square.map(Math.sqrt) };
};

/** Features that never vary in training are only centred. */
const constant = 1e-8;

const norms: Readonly<Record<Exclude<FeatureNorm, "none" | "standard" | "standardChannel">, (row: Float64Array) => void>> = {
  l1: (row) => {
    const sum = sumOf(row);
    if (sum > 0) for (const [at, value] of row.entries()) row[at] = value / sum;
  },
  binary: (row) => {
    for (const [at, value] of row.entries()) row[at] = value > 0.5 ? 1 : 0;
  },
};

const normed = (dataset: ClassifiedDataset, norm: FeatureNorm): ClassifiedDataset => {
  if (norm === "none") return dataset;
  const { width } = dataset;
  if (norm !== "standard" && norm !== "standardChannel") return withInputs(dataset, (inputs) => perInput(inputs, width, norms[norm]));
  const numbers = withInputs(dataset, (inputs) => inputs);
  const features = norm === "standard" ? width : 1;
  const { mean, deviation } = moments(numbers.train.inputs as Float64Array, features);
  return withInputs(numbers, (inputs) =>
    inputs.map((value, at) => (value - mean[at % features]!) / (deviation[at % features]! > constant ? deviation[at % features]! : 1)),
  );
};

/** The images pooled, then normed, as the study's data say; what is fitted sees training images only. */
export const withFeatures = (dataset: ClassifiedDataset, { pool, featureNorm = "none" }: Images): ClassifiedDataset => {
  const side = Math.sqrt(dataset.width);
  const small = pool === undefined ? dataset : withInputs(dataset, (inputs) => pooled(inputs, side, pool), (side / pool) ** 2);
  return normed(small, featureNorm);
};
