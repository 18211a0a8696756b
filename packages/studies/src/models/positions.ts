import type { Tensor, Tracer } from "@allot/tensor";
import { throughProgram } from "./numbers-by-program.ts";
import type { Effective, FeedForward, ModelFunction, TensorSpec, TokenModel } from "./tensors.ts";

/** What a model of sequences reads at each of so many positions, and what it puts out. */
export interface Positions {
  readonly length: number;
  /** Different tokens, or numbers in a vector. */
  readonly width: number;
  /** `tokens`: one index a position, and outputs at each; `vectors`: outputs for the whole sequence, at its last position. */
  readonly of: "tokens" | "vectors";
  readonly outputs: number;
}

/** Inputs that reach a unit at a time. */
export const fanInOf = ({ of, width }: Positions): number => (of === "tokens" ? 1 : width);

/**
 * W x at every position, [rows·length, units], sequence after sequence: the columns that belong to tokens [rows, length], or products with vectors
 * [rows, length·width].
 */
export const readBy = (t: Tracer, weight: Effective, { x, length }: { x: Tensor; length: number }): Tensor => {
  const [rows, numbers] = [x.shape[0]!, x.shape[1]!];
  if (x.dtype === "index") return t.gather(t.transpose(weight.value()), t.reshape(x, [rows * length]));
  return weight.times(t.reshape(x, [rows * length, numbers / length]));
};

/** x [rows·length, units] as [rows, length, units]. */
export const bySequence = (t: Tracer, x: Tensor, length: number): Tensor => t.reshape(x, [x.shape[0]! / length, length, x.shape[1]!]);

/** x [rows, length, units] as [rows·length, units]. */
export const flat = (t: Tracer, x: Tensor): Tensor => t.reshape(x, [x.shape[0]! * x.shape[1]!, x.shape[2]!]);

/** What is at one position of x [rows, length, units]: [rows, units]. */
export const positionOf = (t: Tracer, x: Tensor, at: number): Tensor => t.reshape(t.slice(x, { axis: 1, start: at, size: 1 }), [x.shape[0]!, x.shape[2]!]);

interface Sequenced {
  readonly positions: Positions;
  readonly tensors: readonly TensorSpec[];
  readonly neurons: ModelFunction["neurons"];
  readonly rowsAtOnce: number;
  /** Logits at every position [rows·length, outputs], or of the last one [rows, outputs]. */
  readonly forward: TokenModel["forward"];
}

/** A model of tokens as it is; of vectors, one whose inputs are all of a sequence's. */
export const sequenced = ({ positions, forward, ...model }: Sequenced): TokenModel | FeedForward => {
  const { length, width, outputs, of } = positions;
  if (of === "tokens") return { kind: "tokens", length, outputs, forward, ...model };
  const traced = { inputs: length * width, outputs, forward, ...model };
  return { kind: "feedForward", ...traced, forwardNumbers: throughProgram(traced, model.rowsAtOnce) };
};
