import type { Probe as ProbeRule, Study } from "@allot/spec";
import { Matrix } from "ml-matrix";
import { singularValues } from "../matrices/singular-values.ts";
import type { Problem } from "../problems/problem.ts";
import type { Metrics } from "../run/metrics.ts";
import type { TrialSetup } from "../run/run.ts";
import { lawRank } from "./check.ts";
import { type KeptLayer, kept } from "./kept-subspaces.ts";
import type { Probe, View } from "./probe.ts";
import { rhoAfter } from "./rho.ts";
import { matrixOf } from "./spectra.ts";

type Rule = Extract<ProbeRule, { kind: "subspaceLeak" | "rhoResidual" | "movingSingularValues" }>;

/** A layer at the present step. */
interface Layer extends KeptLayer {
  readonly name: string;
  readonly weight: Matrix;
  /** ρ(t)/ρ(0) that fits it best. */
  readonly growth: number;
}

const dot = (a: Matrix, b: Matrix): number => Matrix.mul(a, b).sum();

/** W P − c W(0) P and P′ W − c P′ W(0): nothing but what departs from the law. */
const departures = ({ weight, right, left, ahead, behind }: Layer, growth: number): Matrix[] => [
  Matrix.sub(weight.mmul(right), Matrix.mul(behind, growth)),
  Matrix.sub(left.mmul(weight), Matrix.mul(ahead, growth)),
];

/** Of all layers the largest of something. */
const largest = (layers: readonly Layer[], of: (layer: Layer) => number): number => Math.max(...layers.map(of));

const leakOf = (layer: Layer): number => {
  const moved = Matrix.sub(layer.weight, layer.start).norm("frobenius");
  return moved === 0 ? 0 : Math.max(...departures(layer, layer.growth).map((one) => one.norm("frobenius"))) / moved;
};

const residualOf = (layer: Layer, growth: number): number => Math.max(...departures(layer, growth).map((one) => Matrix.abs(one).max()));

const metricsOf = (rule: Rule, layers: readonly Layer[], { study, step }: { study: Study; step: number }): Metrics => {
  if (rule.kind === "subspaceLeak") return { subspaceLeak: largest(layers, leakOf) };
  if (rule.kind === "rhoResidual" && rule.rho === "fitted") return { "rhoResidual.fitted": largest(layers, (layer) => residualOf(layer, layer.growth)) };
  if (rule.kind === "rhoResidual") {
    const rho = rhoAfter(study, { steps: step, depth: layers.length, size: layers[0]!.start.rows });
    return { rhoResidual: largest(layers, (layer) => residualOf(layer, rho(layer.rho) / layer.rho)) };
  }
  const moving = ({ weight, growth, rho }: Layer): number => singularValues(weight).filter((value) => Math.abs(value - growth * rho) > rule.threshold).length;
  return Object.fromEntries(layers.map((layer) => [`movingSingularValues.${layer.name}`, moving(layer)]));
};

/**
 * How well the law of parsimony holds: from orthogonal starts, gradient descent leaves d − 2r singular values of every layer equal, at ρ(t), and
 * their directions as they were (studies.md 4a; Yaras et al. 2023, theorem 1).
 */
export const parsimony = (rule: Rule, problem: Problem): Probe => {
  const starts = new WeakMap<TrialSetup, ReadonlyMap<string, KeptLayer>>();
  const startOf = ({ setup, initial }: View): ReadonlyMap<string, KeptLayer> => {
    const found = starts.get(setup) ?? kept({ problem, setup, rank: lawRank(rule, setup.study)!, initial });
    starts.set(setup, found);
    return found;
  };
  return {
    when: "measured",
    comparesStart: true,
    measure: (view) => {
      const start = [...startOf(view)];
      if (start.some(([, { rho }]) => rho === 0)) return {}; // from zeros there is nothing to keep
      const layers = start.map(([name, layer]): Layer => {
        const weight = matrixOf(view.tensor(name));
        return { ...layer, name, weight, growth: dot(weight.mmul(layer.right), layer.behind) / dot(layer.behind, layer.behind) };
      });
      return metricsOf(rule, layers, { study: view.setup.study, step: view.step });
    },
  };
};
