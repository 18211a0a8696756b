import { createSession, type Engine, type Program, trace } from "@allot/tensor";
import { inferenceInputs } from "../problems/problem.ts";
import type { Place } from "./place.ts";
import type { Plan } from "./plan.ts";
import type { Inference } from "./run.ts";

const program = "inference";

/** Outputs for so many examples. No weight changes any more: what they make of each other is computed once and is no part of a run. */
export const inferenceProgram = ({ problem, parametrised }: Pick<Plan, "problem" | "parametrised">, rows: number): Program =>
  trace((t) => {
    const tensors = new Map(parametrised.map(({ tensor, frozen }) => [tensor.name, frozen(t)]));
    return { outputs: problem.predict(t, tensors, rows) };
  });

/** A trial's present weights in a session of their own, and `rows` examples of values from 0 to 1, or of the first token. */
export const inferenceOf = ({ plan, session: trained, trial }: Omit<Place, "setup">, o: { engine: Engine; rows: number }): Inference => {
  const session = createSession({ engine: o.engine, programs: { [program]: inferenceProgram(plan, o.rows) }, trials: 1 });
  for (const { contents } of plan.parametrised) {
    for (const [part, content] of contents((slot) => trained.view(slot, trial))) session.view(part, 0).set(content);
  }
  const examples = session.view(inferenceInputs, 0);
  // Written into indexes, a fraction becomes 0.
  for (let i = 0; i < examples.length; i++) examples[i] = (i % 17) / 17;
  session.invalidate();
  return {
    answer: () => {
      session.run(program, 0);
      return session.view(`${program}/outputs`, 0);
    },
    close: () => session.close(),
  };
};
