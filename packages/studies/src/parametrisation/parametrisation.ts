import type { Tensor, Tracer } from "@allot/tensor";
import type { Effective, TensorSpec } from "../models/tensors.ts";

/** Memory of one trial behind an effective tensor. `fixed` slots are never written after the start. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: "learnable" | "fixed" | "mask";
}

/** One trial's start. */
export interface Start {
  /** The tensor's initial or fixed value. */
  readonly value: Float64Array;
  /** Which entries are trained; for masks only. */
  readonly mask?: Uint8Array | undefined;
}

/** Reads a slot's present content. */
export type ReadSlot = (name: string) => ArrayLike<number>;

/** A tensor in a traced program: what the model sees and what the optimiser may change. */
export interface Bound {
  readonly effective: Effective;
  readonly learnable: readonly { readonly name: string; readonly tensor: Tensor }[];
}

/** Scalars of a tensor. */
export interface Counts {
  /** Scalars that receive gradient. */
  readonly trained: number;
  /** Trained scalars plus stored fixed ones. */
  readonly total: number;
}

/** The map from what is trained and what is fixed to one effective tensor (studies.md 6.2). */
export interface Parametrised {
  readonly tensor: TensorSpec;
  readonly slots: readonly Slot[];
  readonly bind: (t: Tracer) => Bound;
  /** Every slot's content before training. */
  readonly start: (start: Start) => ReadonlyMap<string, ArrayLike<number>>;
  readonly counts: (start: Start) => Counts;
  /** Positions of the trained scalars within a learnable slot. */
  readonly free: (slot: string, start: Start) => Int32Array;
  /** The effective tensor's present value, float64. */
  readonly value: (read: ReadSlot) => Float64Array;
}

/** 0, 1, …, n−1: all of a slot is trained. */
export const everyPosition = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i);

/** The effective tensor when it is at hand as one traced tensor. */
export const directly = (t: Tracer, value: Tensor): Effective => ({
  value: () => value,
  times: (x) => t.matmul(x, value, { transposeB: true }),
});
