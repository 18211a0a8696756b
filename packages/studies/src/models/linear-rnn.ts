import type { Tensor } from "@allot/tensor";
import { effectiveOf, type LinearSequence, type Placed, type TensorSpec } from "./tensors.ts";

export interface LinearRnnOptions {
  /** n */
  readonly hidden: number;
  /** b */
  readonly inputs: number;
  /** d */
  readonly outputs: number;
}

const spec = (name: string, rows: number, columns: number): TensorSpec => ({
  name,
  layer: name,
  role: "weight",
  shape: [rows, columns],
  fanIn: columns,
  fanOut: rows,
});

/**
 * h_t = W h_{t−1} + B x_t, y_t = D h_t, h_0 = 0 (studies.md 1a). Tensors
 * `input` B [n, b], `recurrent` W [n, n], `output` D [d, n]. Two such networks
 * agree on T steps for all inputs when M_k = D Wᵏ B agree for k < T.
 */
export const linearRnn = ({ hidden: n, inputs: b, outputs: d }: LinearRnnOptions): LinearSequence => {
  return {
    kind: "linearSequence",
    inputs: b,
    outputs: d,
    tensors: [spec("input", n, b), spec("recurrent", n, n), spec("output", d, n)],
    neurons: (names) => names.map((name): Placed => ({ name, transposed: name === "output" })),
    markov: (t, tensors, steps) => {
      const recurrent = effectiveOf(tensors, "recurrent").value(); // [n, n]
      const states: Tensor[] = [effectiveOf(tensors, "input").value()]; // Wᵏ B, [n, b]
      for (let k = 1; k < steps; k++) states.push(t.matmul(recurrent, states[k - 1]!));
      const reached = steps === 1 ? states[0]! : t.concat(states, 1); // [n, T·b]
      return t.matmul(effectiveOf(tensors, "output").value(), reached); // [d, T·b]
    },
    respond: (t, tensors, xs) => {
      const [input, recurrent, output] = ["input", "recurrent", "output"].map((name) => effectiveOf(tensors, name));
      const received = xs.map((x) => input!.times(x)); // [rows, n]
      return output!.times(received.reduce((state, x) => t.add(recurrent!.times(state), x)));
    },
  };
};
