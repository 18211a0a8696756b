import type { Tensor, Tracer } from "@allot/tensor";
import type { Effective } from "../models/tensors.ts";

/** A stored tensor that an effective one is made of. */
export interface Part {
  /** Unlike any other of the model. */
  readonly name: string;
  readonly shape: readonly number[];
  readonly trained: boolean;
  /** Factor on its learning rate; default: 1. */
  readonly multiplier?: number;
}

/** What a parametrisation may start from. */
export interface Drawn {
  /** W(0): the tensor as the initialiser, or where it has a fixed part of its shape the rule's `fixed`, draws it. */
  readonly value: Float64Array;
  /** Standard normal draws for a part, from a key of its own. */
  readonly normals: (part: string, count: number) => Float64Array;
  /** Draws of the rule's `fixed` for a matrix of another shape, of variance 1/columns. */
  readonly fixed: (shape: readonly [rows: number, columns: number]) => Float64Array;
  /** ∂loss/∂W at W(0), all other tensors as they are drawn. */
  readonly gradient: () => Float64Array;
  /** The factor that the rule's `fixed` asks for on these effective weights; 1 where it asks for none. */
  readonly gain: (weights: Float64Array) => number;
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
