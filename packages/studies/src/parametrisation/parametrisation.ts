import type { Tensor, Tracer } from "@allot/tensor";
import type { Effective } from "../models/tensors.ts";

/** A stored tensor that an effective one is made of. */
export interface Part {
  /** Unlike any other of the model. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly trained: boolean;
}

/** What a parametrisation may start from. */
export interface Drawn {
  /** W(0): the tensor as the initialiser, or the rule's `fixed`, draws it. */
  readonly value: Float64Array;
}

/** Content of a part, by its name. */
export type PartContent = (name: string) => ArrayLike<number>;

/** The map from what is trained and what is fixed to one effective tensor (studies.md 6.2). */
export interface Parametrisation {
  readonly parts: readonly Part[];
  readonly effective: (t: Tracer, part: (name: string) => Tensor) => Effective;
  /** The effective tensor, float64. */
  readonly value: (content: PartContent) => Float64Array;
  /** Every part's content before training. */
  readonly start: (drawn: Drawn) => ReadonlyMap<string, ArrayLike<number>>;
}

/** The effective tensor is the part itself. */
export const itself = (part: Part): Parametrisation => ({
  parts: [part],
  effective: (t, tensorOf) => {
    const value = tensorOf(part.name);
    return { value: () => value, times: (x) => t.matmul(x, value, { transposeB: true }) };
  },
  value: (content) => Float64Array.from(content(part.name)),
  start: ({ value }) => new Map([[part.name, value]]),
});
