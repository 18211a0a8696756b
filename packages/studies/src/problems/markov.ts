import { teacherMarkov } from "../data/linear-rnn-teacher.ts";
import type { LinearSequence } from "../models/tensors.ts";
import { markovNmse } from "../objectives/markov-nmse.ts";
import type { Problem } from "./problem.ts";

/** A linear sequence model against a teacher's first `steps` Markov parameters; the loss is exact over all inputs, so only the training part exists. */
export const markovProblem = (model: LinearSequence, steps: number): Problem => {
  const slot = "teacher.markov";
  const shape = [model.outputs, steps * model.inputs];
  return {
    model,
    measured: ["train"],
    last: [],
    step: (t, tensors) => ({ loss: markovNmse(t, model.markov(t, tensors, steps), t.constant(slot, shape)) }),
    evaluate: (t, tensors) => {
      const nmse = markovNmse(t, model.markov(t, tensors, steps), t.constant(slot, shape));
      return { loss: nmse, nmse };
    },
    metrics: (_part, scalars) => ({ ...scalars }),
    residual: (t, tensors) => t.sub(model.markov(t, tensors, steps), t.constant(slot, shape)),
    fillShared: () => {},
    fillTrial: (session, trial, setup) => {
      session.view(slot, trial).set(teacherMarkov({ study: setup.study, model, steps, key: setup.streams.teacher }));
    },
    inputsFor: () => undefined,
  };
};
