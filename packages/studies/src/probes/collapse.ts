import { exp, log } from "@allot/tensor";
import type { Problem } from "../problems/problem.ts";
import type { Metrics } from "../run/metrics.ts";
import { weightsOf } from "./check.ts";
import type { Probe } from "./probe.ts";

/** Features are compared on at most this many training examples, and on no more than a model evaluates at once. */
const most = 1000;

/** The mean [width] of the rows of each group. */
const meansOf = (features: ArrayLike<number>, groups: readonly (readonly number[])[], width: number): Float64Array[] =>
  groups.map((rows) => {
    const mean = new Float64Array(width);
    for (const row of rows) for (let i = 0; i < width; i++) mean[i] = mean[i]! + features[row * width + i]! / rows.length;
    return mean;
  });

/**
 * D = tr Σ_W / tr Σ_B of features [rows, width] with a label for each row: Σ_W the covariance within classes, averaged over rows, and Σ_B that of
 * the classes' means, averaged over classes (studies.md 4a; from the code of Yaras et al. 2023).
 */
export const scatterRatio = (features: ArrayLike<number>, labels: ArrayLike<number>): number => {
  const width = features.length / labels.length;
  const rows = Array.from(labels, (_, row) => row);
  const groups = [...Map.groupBy(rows, (row) => labels[row]!).values()];
  const means = meansOf(features, groups, width);
  const [whole] = meansOf(features, [rows], width);
  let [within, between] = [0, 0];
  for (const [k, group] of groups.entries()) {
    for (let i = 0; i < width; i++) between += (means[k]![i]! - whole![i]!) ** 2 / groups.length;
    for (const row of group) for (let i = 0; i < width; i++) within += (features[row * width + i]! - means[k]![i]!) ** 2 / rows.length;
  }
  return within / between;
};

/** The factor by which values fall from one to the next, by least squares on their logarithms, and the share of these that it explains. */
const logLinear = (values: readonly number[]): Metrics => {
  const logs = values.map((value) => log(value));
  const middle = (logs.length - 1) / 2;
  const mean = logs.reduce((a, b) => a + b, 0) / logs.length;
  const sum = (term: (x: number, y: number) => number): number => logs.reduce((total, y, x) => total + term(x - middle, y - mean), 0);
  const slope = sum((x, y) => x * y) / sum((x) => x * x);
  return { "collapse.factor": exp(slope), "collapse.rSquared": 1 - sum((x, y) => (y - slope * x) ** 2) / sum((_, y) => y * y) };
};

/** D of the input (`collapse.0`) and of what each layer but the last makes of it, and how it falls; without what is 0 or has no value. */
export const collapse = ({ examples }: Problem): Probe => {
  const { model, of, count } = examples!;
  const rows = Math.min(count("train"), most, model.rowsAtOnce ?? most);
  const layers = weightsOf(model).length; // the input's features, and those of all layers but the last
  return {
    when: "measured",
    trace: (t, tensors) => {
      const { inputs, labels } = of(t, "train");
      const first = { axis: 0, start: 0, size: rows };
      const features = [t.slice(inputs, first)];
      model.forward(t, tensors, features[0]!, ({ h }) => void features.push(h));
      features.pop(); // the outputs
      const numbers = t.concat(
        Array.from({ length: model.outputs }, (_, label) => t.fill(label, [1, 1])),
        0,
      ); // [classes, 1]
      const named = t.slice(t.gather(numbers, labels!()), first);
      return { labels: named, ...Object.fromEntries(features.map((h, layer) => [`${layer}`, h])) };
    },
    measure: ({ output }) => {
      const ratios = Array.from({ length: layers }, (_, layer) => scatterRatio(output(`${layer}`), output("labels")));
      const sound = ratios.map((value, layer) => [`collapse.${layer}`, value] as const).filter(([, value]) => value > 0 && Number.isFinite(value));
      return { ...Object.fromEntries(sound), ...(layers > 1 && sound.length === layers ? logLinear(ratios) : {}) };
    },
  };
};
