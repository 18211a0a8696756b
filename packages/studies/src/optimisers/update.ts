import type { Tensor, Tracer } from "@allot/tensor";

/** A trained tensor and its gradient in a program. */
export interface Trained {
  readonly name: string;
  readonly tensor: Tensor;
  readonly gradient: Tensor;
}

/** Numbers a program reads for one tensor at update `step` (from 1) and learning rate `rate`. */
export type WriteNumbers = (out: { [at: number]: number }, step: number, rate: number) => void;

/** An update rule: what a program does with a gradient, and the numbers the host gives it. */
export interface UpdateRule {
  /** How many numbers. */
  readonly scalars: number;
  readonly trace: (t: Tracer, trained: Trained, scalars: Tensor) => void;
  readonly write: WriteNumbers;
}

/** The slot of a tensor's optimiser memory. */
export const memory = (trained: Trained, which: string): string => `${trained.name}:${which}`;
