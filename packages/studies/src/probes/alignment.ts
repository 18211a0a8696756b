import type { Probe as ProbeRule } from "@allot/spec";
import { guideMatrix, type Term } from "../guidance/terms.ts";
import { featuresOfAll } from "../models/features.ts";
import type { Problem } from "../problems/problem.ts";
import type { Probe } from "./probe.ts";

const name = (target: number): string => `layer.${target}`;

/** Similarity to the guide of each layer that a term compares, over the whole training set, and their mean. */
export const alignment = (
  { term: index, when, as = "alignment" }: Extract<ProbeRule, { kind: "alignment" }>,
  problem: Problem,
  terms: readonly Term[],
): Probe => {
  const term = terms[index];
  const { examples } = problem;
  if (term === undefined || examples === undefined) return {};
  const { pairs, similarity } = term;
  return {
    when,
    trace: (t, tensors) => {
      const features = featuresOfAll(t, examples.model, { tensors, inputs: examples.of(t, "train").inputs, of: "z" });
      const found = pairs.map(
        (pair) => [name(pair.target), similarity.of(t, similarity.between(t, features[pair.target]!), guideMatrix(t, term, pair))] as const,
      );
      return Object.fromEntries(found);
    },
    measure: (view) => {
      const values = pairs.map(({ target }) => ({ target, value: view.output(name(target))[0]! }));
      const mean = values.reduce((sum, { value }) => sum + value, 0) / values.length;
      return { ...Object.fromEntries(values.map(({ target, value }) => [`${as}.${name(target)}`, value])), [`${as}.mean`]: mean };
    },
  };
};
