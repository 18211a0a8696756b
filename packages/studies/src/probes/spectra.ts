import type { Probe as ProbeRule } from "@allot/spec";
import { Matrix } from "ml-matrix";
import { effectiveRank, singularValues } from "../matrices/singular-values.ts";
import type { Problem } from "../problems/problem.ts";
import type { Metrics } from "../run/metrics.ts";
import type { TensorValue } from "../run/run.ts";
import { matricesNamed, weightsOf } from "./check.ts";
import type { Probe } from "./probe.ts";

export const matrixOf = ({ shape: [rows = 1, columns = 1], values }: TensorValue): Matrix => Matrix.from1DArray(rows, columns, values);

/** `<name>.effectiveRank` and, counted from 1, `<name>.<i>`. */
const spectrum = (name: string, matrix: Matrix, count: number): Metrics => {
  const values = singularValues(matrix);
  const rank = effectiveRank(values);
  const largest = values.slice(0, count).map((value, i) => [`${name}.${i + 1}`, value]);
  return { ...(rank === undefined ? {} : { [`${name}.effectiveRank`]: rank }), ...Object.fromEntries(largest) };
};

/** Singular values of single matrices. */
export const spectra = ({ kind, tensors, count }: Extract<ProbeRule, { kind: "singularValues" }>, { model }: Problem): Probe => {
  const names = matricesNamed(model, tensors).map(({ name }) => name);
  return {
    when: "measured",
    measure: ({ tensor }) => Object.assign({}, ...names.map((name) => spectrum(`${kind}.${name}`, matrixOf(tensor(name)), count))),
  };
};

/** Singular values of W_L ⋯ W_1. */
export const endToEnd = ({ kind, count }: Extract<ProbeRule, { kind: "endToEnd" }>, { model }: Problem): Probe => {
  const names = weightsOf(model).map(({ name }) => name);
  return {
    when: "measured",
    measure: ({ tensor }) =>
      spectrum(
        kind,
        names.map((name) => matrixOf(tensor(name))).reduce((below, weight) => weight.mmul(below)),
        count,
      ),
  };
};
