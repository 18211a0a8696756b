import type { Study } from "@allot/spec";
import { deriveKey, type Key } from "@allot/tensor";
import { teacherDraw } from "../initialiser/initialiser.ts";
import { matrix, timesTransposed } from "../models/numbers.ts";
import type { LinearSequence } from "../models/tensors.ts";

const transposed = (values: Float64Array, columns: number): Float64Array => {
  const rows = values.length / columns;
  return Float64Array.from({ length: values.length }, (_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
};

/** Matrices of a linear recurrent network, row-major: B [n, b], W [n, n], D [d, n]. */
export interface Matrices {
  readonly input: Float64Array;
  readonly recurrent: Float64Array;
  readonly output: Float64Array;
}

/** [D B | D W B | … | D W^{steps−1} B], [d, steps·b], float64 (studies.md 1a). */
export const markovParameters = ({ input, recurrent, output }: Matrices, o: { inputs: number; steps: number }): Float64Array => {
  const n = input.length / o.inputs;
  const d = output.length / n;
  const markov = new Float64Array(d * o.steps * o.inputs);
  const readOut = matrix(output, n);
  let reached = transposed(input, o.inputs); // (Wᵏ B)ᵀ, [b, n]
  for (let k = 0; k < o.steps; k++) {
    const block = timesTransposed(readOut, reached); // M_k, [d, b]
    for (const [at, value] of block.entries()) {
      const [row, column] = [Math.floor(at / o.inputs), at % o.inputs];
      markov[(row * o.steps + k) * o.inputs + column] = value;
    }
    reached = timesTransposed(matrix(reached, n), recurrent);
  }
  return markov;
};

/** The Markov parameters of a teacher drawn from `key`, of the student's sizes. */
export const teacherMarkov = (o: { study: Study; model: LinearSequence; steps: number; key: Key }): Float64Array => {
  const { study, model, steps, key } = o;
  const drawn = new Map(model.tensors.map((tensor) => [tensor.name, teacherDraw(study, tensor, deriveKey(key, tensor.name))]));
  const [input, recurrent, output] = ["input", "recurrent", "output"].map((name) => drawn.get(name)!);
  return markovParameters({ input: input!, recurrent: recurrent!, output: output! }, { inputs: model.inputs, steps });
};
