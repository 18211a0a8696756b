import type { Guidance, Study } from "@allot/spec";
import type { Session, Tensor, Tracer } from "@allot/tensor";
import { featuresOf } from "../models/features.ts";
import type { Layer } from "../models/tensors.ts";
import type { Pair } from "./layer-map.ts";
import type { Similarity } from "./similarity.ts";

/** A term of `objective.guidance` in programs. */
export interface Term {
  /** Its place in `objective.guidance`. */
  readonly index: number;
  readonly pairs: readonly Pair[];
  readonly similarity: Similarity;
  /** Training examples. */
  readonly examples: number;
}

/** The slot of what a pair's guide layer says of every two training examples. */
export const guideSlot = ({ index }: Term, { target }: Pair): string => `guide.${index}.${target}`;

/** That matrix [examples, examples]. */
export const guideMatrix = (t: Tracer, term: Term, pair: Pair): Tensor => t.constant(guideSlot(term, pair), [term.examples, term.examples]);

/** Rows and columns of a symmetric matrix by the same index. */
const block = (t: Tracer, matrix: Tensor, index: Tensor | undefined): Tensor =>
  index === undefined ? matrix : t.gather(t.transpose(t.gather(matrix, index)), index);

/** Numbers of a step: the factor on the task's loss, then one on each term. */
const factorsSlot = "guidance";

interface Guided {
  /** The task's. */
  readonly loss: Tensor;
  /** What the network's layers computed of the batch, and its rows of the training set where it is not all of it. */
  readonly layers: readonly Layer[];
  readonly order: Tensor | undefined;
}

/** task · 1[step > warm] + Σ weight · Σ (1 − similarity) (studies.md 3a): a scalar. The network's features are its pre-activations. */
export const guidedLoss = (t: Tracer, terms: readonly Term[], { loss, layers, order }: Guided): Tensor => {
  const factors = t.scalars(factorsSlot, 1 + terms.length);
  const factor = (at: number): Tensor => t.reshape(t.slice(factors, { axis: 0, start: at, size: 1 }), []);
  const distance = (term: Term): Tensor => {
    const features = featuresOf(t, layers, { rows: order?.shape[0] ?? term.examples, of: "z" });
    const similarities = term.pairs.map((pair) =>
      term.similarity.of(t, term.similarity.between(t, features[pair.target]!), block(t, guideMatrix(t, term, pair), order)),
    );
    return t.affine(
      similarities.reduce((a, b) => t.add(a, b)),
      -1,
      term.pairs.length,
    );
  };
  return terms.reduce((sum, term, i) => t.add(sum, t.mul(factor(1 + i), distance(term))), t.mul(factor(0), loss));
};

const counts = ({ from, until = Number.POSITIVE_INFINITY }: Guidance, step: number): boolean => step > from && step <= until;

/** Writes a trial's factors of update `step`, from 1. */
export const factorWriter = (session: Session, trial: number, o: { terms: readonly Term[]; study: Study }): ((step: number) => void) => {
  if (o.terms.length === 0) return () => {};
  const { guidance, warm = 0 } = o.study.objective;
  const factors = session.view(factorsSlot, trial);
  const weights = guidance.map(({ weight, reduction }, i) => (reduction === "mean" ? weight / o.terms[i]!.pairs.length : weight));
  return (step) => {
    factors[0] = step > warm ? 1 : 0;
    for (const [i, weight] of weights.entries()) factors[1 + i] = counts(guidance[i]!, step) ? weight : 0;
  };
};
