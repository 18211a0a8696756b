import { teacherMarkov } from "../data/linear-rnn-teacher.ts";
import type { LinearSequence } from "../models/tensors.ts";
import { markovNmse } from "../objectives/markov-nmse.ts";
import { inferenceInputs, type Problem } from "./problem.ts";

/** A linear sequence model against a teacher's first `steps` Markov parameters; the loss is exact over all inputs, so only the training part exists. */
export const markovProblem = (model: LinearSequence, steps: number): Problem => {
  const slot = "teacher.markov";
  const shape = [model.outputs, steps * model.inputs];
  const fillTrial: Problem["fillTrial"] = (session, trial, setup) => {
    session.view(slot, trial).set(teacherMarkov({ study: setup.study, model, steps, key: setup.streams.teacher }));
  };
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
    atStart: {
      trace: (t, tensors) => {
        const outputs = model.markov(t, tensors, steps);
        return { loss: markovNmse(t, outputs, t.constant(slot, shape)), outputs };
      },
      fill: (session, setup) => fillTrial(session, 0, setup),
    },
    predict: (t, tensors, rows) => {
      const { inputs } = model;
      const sequences = t.state(inferenceInputs, [rows, steps * inputs]);
      const at = (step: number) => t.slice(sequences, { axis: 1, start: step * inputs, size: inputs });
      return model.respond(
        t,
        tensors,
        Array.from({ length: steps }, (_, step) => at(step)),
      );
    },
    examples: undefined,
    fillShared: () => {},
    fillTrial,
    inputsFor: () => undefined,
  };
};
