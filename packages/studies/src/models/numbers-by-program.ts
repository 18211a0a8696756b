import { createSession, type Program, type Tensor, trace } from "@allot/tensor";
import { type Matrix, matrix } from "./numbers.ts";
import type { Effective, FeedForward } from "./tensors.ts";

type Traced = Pick<FeedForward, "tensors" | "inputs" | "outputs" | "forward">;

/** Outputs for so many rows, or what the weight `until` is multiplied with, the last time where it is more than once; undefined where it is read otherwise. */
const programOf = ({ tensors, inputs, forward }: Traced, rows: number, until: string | undefined): Program | undefined => {
  let found = until === undefined;
  const program = trace((t) => {
    let reached: Tensor | undefined;
    const effective = ({ name, shape }: Traced["tensors"][number]): Effective => {
      const weight = t.state(name, shape);
      const times = (x: Tensor): Tensor => {
        if (name === until) reached = x;
        return t.matmul(x, weight, { transposeB: true });
      };
      return { value: () => weight, times };
    };
    const outputs = forward(t, new Map(tensors.map((tensor) => [tensor.name, effective(tensor)])), t.state("inputs", [rows, inputs]));
    found ||= reached !== undefined;
    return { numbers: reached ?? outputs };
  });
  return found ? program : undefined;
};

const run = (program: Program, values: Iterable<readonly [string, Float64Array]>): Float64Array => {
  const session = createSession({ engine: "reference", programs: { program }, trials: 1 });
  for (const [name, value] of values) session.view(name, 0).set(value);
  session.run("program", 0);
  const numbers = new Float64Array(session.view("program/numbers", 0));
  session.close();
  return numbers;
};

/** The inputs of a weight whose columns are read one at a time, as those of positions are. */
const everyColumn = (columns: number): Matrix =>
  matrix(
    Float64Array.from({ length: columns * columns }, (_, at) => (at % (columns + 1) === 0 ? 1 : 0)),
    columns,
  );

/** A model's `forwardNumbers` by its own program on `reference`, which computes in float64, so many rows at a time. */
export const throughProgram =
  (model: Traced, rowsAtOnce: number): FeedForward["forwardNumbers"] =>
  (values, { values: x }, until) => {
    const width = model.tensors.find(({ name }) => name === until)?.shape[1] ?? model.outputs;
    const block = rowsAtOnce * model.inputs;
    const parts: Float64Array[] = [];
    for (let from = 0; from < x.length; from += block) {
      const inputs = x.subarray(from, from + block);
      const program = programOf(model, inputs.length / model.inputs, until);
      if (program === undefined) return everyColumn(width);
      parts.push(run(program, [...values, ["inputs", inputs]]));
    }
    const numbers = new Float64Array(parts.reduce((sum, { length }) => sum + length, 0));
    let filled = 0;
    for (const part of parts) {
      numbers.set(part, filled);
      filled += part.length;
    }
    return matrix(numbers, width);
  };
