import type { Node, OpName } from "../program.ts";
import { lowerings } from "./operations.ts";
import type { Schedule } from "./schedule.ts";
import type { TensorFlow, TfTensor } from "./tensorflow.ts";

type Lower = (tf: TensorFlow, operation: Node["operation"], inputs: readonly TfTensor[]) => TfTensor;

/** Computes a schedule, dropping values when nothing reads them any more. To be called within `tidy`. @returns the goals' values and what was given. */
export const interpret = (
  tf: TensorFlow,
  { nodes, schedule, given }: { readonly nodes: readonly Node[]; readonly schedule: Schedule; readonly given: (node: Node) => TfTensor },
): ((id: number) => TfTensor) => {
  const values = new Map<number, TfTensor>(schedule.given.map((id) => [id, given(nodes[id]!)]));
  for (const [at, id] of schedule.computed.entries()) {
    const { operation, inputs } = nodes[id]!;
    const lowering = lowerings[operation.op as OpName];
    if (lowering === "memory") throw new Error(`${operation.op} is not computed`);
    const operands = inputs.map((x) => values.get(x)!);
    values.set(
      id,
      tf.tidy(() => {
        const value = (lowering as Lower)(tf, operation, operands);
        // A tensor of its own, that can go when its operand stays.
        return operands.includes(value) ? tf.clone(value) : value;
      }),
    );
    for (const gone of schedule.dying[at]!) {
      values.get(gone)!.dispose();
      values.delete(gone);
    }
  }
  return (id) => values.get(id)!;
};
