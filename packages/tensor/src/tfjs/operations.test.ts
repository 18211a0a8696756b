import { describe, expect, test } from "vitest";
import { createBuilder } from "../builder.ts";
import { operationNames } from "../infer.ts";
import { createOps } from "../ops.ts";
import type { OpName, Program } from "../program.ts";
import { createSession, type Engine, type Session } from "../session.ts";
import { departures } from "../testing/departures.ts";
import { cases, drawCase } from "../testing/operation-cases.ts";
import { tensorFlow } from "../testing/tensorflow.ts";

const tfjs = await tensorFlow();
/** Between float64 and TensorFlow's float32, relative to 1 + |value|. */
const tolerance = 1e-5;

/** One operation on slots; operand `shared` is one for all trials. */
function operationProgram(op: OpName, round: number, shared: number): Program {
  const builder = createBuilder();
  const ops = createOps(builder);
  const drawn = drawCase(op, round);
  const inputs = drawn.inputs.map(({ shape, dtype }, i) => ops.apply({ op: i === shared ? "shared" : "state", name: `x${i}`, shape, dtype }, []));
  const out = cases[op]!.build(ops, inputs, drawn);
  const weights = ops.apply({ op: "constant", name: "weights", shape: [1], dtype: "float" }, []);
  return { nodes: builder.nodes, outputs: { out: out.id, weights: weights.id }, effects: [] };
}

/** Operands of a trial: floats larger from trial to trial, indexes in another order. */
function fill(session: Session, op: OpName, { round, trial }: { round: number; trial: number }): void {
  drawCase(op, round).fill((slot) => {
    const view = session.view(slot, trial);
    return {
      length: view.length,
      set: (values: number[]) =>
        view.set(view instanceof Int32Array ? [...values.slice(trial), ...values.slice(0, trial)] : values.map((value) => (1 + trial / 4) * value)),
    } as unknown as Float64Array;
  });
}

const computed = (engine: Engine, op: OpName, { round, trials, shared }: { round: number; trials: number; shared: number }): Record<string, number[]> => {
  const session = createSession({ engine, programs: { op: operationProgram(op, round, shared) }, trials });
  for (let trial = 0; trial < trials; trial++) fill(session, op, { round, trial });
  session.runAll("op");
  const out = Object.fromEntries(Array.from({ length: trials }, (_, trial) => [`trial ${trial}, element`, [...session.view("op/out", trial)]]));
  session.close();
  return out;
};

describe.each(operationNames.filter((op) => cases[op] !== undefined))("%s on tfjs is what it is on reference", (op) => {
  const operands = drawCase(op, 0).inputs.map((_, i) => ({ says: `operand ${i} shared`, shared: i }));
  const layouts = [{ says: "every trial its own operands", shared: -1 }, ...operands];
  test.each(layouts.flatMap((layout) => [0, 1, 2].flatMap((round) => [1, 3].map((trials) => ({ ...layout, round, trials })))))(
    "$says, shapes $round, $trials trials",
    (how) => {
      expect(departures(computed(tfjs, op, how), computed("reference", op, how), tolerance)).toEqual([]);
    },
  );
});
