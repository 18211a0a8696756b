import type { InitialiserRule } from "@allot/spec";
import type { Tensor, Tracer } from "@allot/tensor";
import type { Matrix } from "./numbers.ts";

/** One tensor of a model: matrices act on the left, so a weight is [out, in] and row i holds what unit i receives. */
export interface TensorSpec {
  readonly name: string;
  /** The name a rule may use for a weight together with its bias; the tensor's own name where it has no bias. */
  readonly layer: string;
  /** A `gain` multiplies what a norm puts out. */
  readonly role: "weight" | "bias" | "gain";
  readonly shape: readonly number[];
  /** Inputs that reach a unit at a time: 1 where a column is picked, as a token's is. */
  readonly fanIn: number;
  readonly fanOut: number;
  /** The model's own initial value; without it, and without a rule, He for weights and zero for biases. */
  readonly initial?: InitialiserRule;
}

/** A tensor as the model uses it, whatever is trained behind it. */
export interface Effective {
  /** The tensor itself. */
  value(): Tensor;
  /** x·Wᵀ for x [rows, in] and W [out, in]; in the order of operations that lets a fixed part be computed once. */
  times(x: Tensor): Tensor;
}

/** Effective tensors by name. */
export type EffectiveTensors = ReadonlyMap<string, Effective>;

/** A tensor's place on the axis of hidden neurons: row i of the matrix, transposed where asked, belongs to neuron i. */
export interface Placed {
  readonly name: string;
  readonly transposed: boolean;
  /** Of a transposed matrix that has several columns of each neuron, how many neurons: column j belongs to j modulo these. */
  readonly neurons?: number;
}

interface ModelBase {
  readonly tensors: readonly TensorSpec[];
  /**
   * The given tensors side by side with one hidden neuron per row (studies.md
   * 1d, `neuron`: [B | W | Dᵀ]), or undefined where they share no such axis.
   */
  neurons(names: readonly string[]): readonly Placed[] | undefined;
}

/** What a layer computes of [rows, …]: z before its activation, and h, which the next one reads, after activation and pool. */
export interface Layer {
  readonly z: Tensor;
  readonly h: Tensor;
}

/** y = f(x), for data with examples. */
export interface FeedForward extends ModelBase {
  readonly kind: "feedForward";
  readonly inputs: number;
  readonly outputs: number;
  /** Where what is made of a row on the way is large: at most so many are evaluated at once, and fixed weights are scaled on no more. */
  readonly rowsAtOnce?: number;
  /** Outputs [rows, outputs] for x [rows, inputs]; every layer is shown as it is computed, the outputs' last. */
  forward(t: Tracer, tensors: EffectiveTensors, x: Tensor, show?: (layer: Layer) => void): Tensor;
  /** The same with plain float64 values for x [rows, inputs]; with `until`, only as far as what that weight is multiplied with. */
  forwardNumbers(values: ReadonlyMap<string, Float64Array>, x: Matrix, until?: string): Matrix;
}

/** A distribution over classes at each position, for data of tokens; what comes after a position has no part in it. */
export interface TokenModel extends ModelBase {
  readonly kind: "tokens";
  /** Positions of a sequence. */
  readonly length: number;
  readonly outputs: number;
  /** As of a feed-forward model. */
  readonly rowsAtOnce: number;
  /** Logits [rows·length, outputs], sequence after sequence, for indexes of tokens [rows, length]; layers are shown as by a feed-forward model. */
  forward(t: Tracer, tensors: EffectiveTensors, tokens: Tensor, show?: (layer: Layer) => void): Tensor;
}

/** A linear map of sequences, known by its Markov parameters M_k = D Wᵏ B. */
export interface LinearSequence extends ModelBase {
  readonly kind: "linearSequence";
  readonly inputs: number;
  readonly outputs: number;
  /** [M_0 | M_1 | … | M_{steps−1}], [outputs, steps·inputs]. */
  markov(t: Tracer, tensors: EffectiveTensors, steps: number): Tensor;
  /** y_T [rows, outputs] after inputs x_1 … x_T, each [rows, inputs]. */
  respond(t: Tracer, tensors: EffectiveTensors, xs: readonly Tensor[]): Tensor;
}

/** A function of effective tensors; it never knows which of their entries are trained. */
export type ModelFunction = FeedForward | TokenModel | LinearSequence;

/** Number of elements of a shape. */
export const sizeOf = (shape: readonly number[]): number => shape.reduce((product, n) => product * n, 1);

/** The tensor of that name; a missing one is a bug. */
export const effectiveOf = (tensors: EffectiveTensors, name: string): Effective => {
  const found = tensors.get(name);
  if (found === undefined) throw new Error(`no effective tensor ${name}`);
  return found;
};
