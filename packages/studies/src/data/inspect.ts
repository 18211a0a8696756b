import { createSession, type Tensor, trace } from "@allot/tensor";
import { StudyError } from "../errors.ts";
import { matrix } from "../models/numbers.ts";
import { isSquaredError, taskOf } from "../objectives/task.ts";
import { lengthOf } from "../optimisers/length.ts";
import type { Part } from "../problems/part.ts";
import { problemOf, trainingExamples } from "../problems/problem-of.ts";
import type { TrialSetup } from "../run/run.ts";
import { type Assumption, assumptionsOf } from "./assumptions.ts";
import type { Dataset } from "./dataset.ts";
import { type DataFacts, factsOf } from "./facts.ts";
import { isTokens } from "./tokens.ts";

/** Decompositions are of so many examples at most. */
const mostExamples = 5000;

export interface Inspected {
  readonly counts: Readonly<Record<Part, number>>;
  /** Of the first 5,000 training examples. */
  readonly facts: DataFacts;
  readonly assumptions: readonly Assumption[];
}

/**
 * What the examples are that a study trains on, as its model gets them. Throws StudyError where it has none, or model and data do not fit.
 */
export const inspect = (setup: TrialSetup, dataset: Dataset | undefined): Inspected => {
  const { study } = setup;
  const problem = problemOf(study, dataset, lengthOf(study, trainingExamples(study, dataset)));
  const { examples } = problem;
  if (examples === undefined) {
    const why = isTokens(study.data) ? "its inputs are tokens, which have no moments" : "its loss is exact over all inputs";
    throw new StudyError("data.kind", `${study.data.kind} has no examples to look at: ${why}`);
  }
  const parts = (["train", "validation", "test"] as const).filter((part) => examples.count(part) > 0);
  const { outputs } = examples.model;
  const squares = isSquaredError(taskOf(study));
  let labelled = false;
  const program = (part: Part) =>
    trace((t) => {
      const { inputs, labels, targets, observed } = examples.of(t, part);
      labelled = labels !== undefined;
      const size = Math.min(mostExamples, examples.count(part));
      const first = (x: Tensor): Tensor => t.slice(x, { axis: 0, start: 0, size });
      const seen = { inputs: first(inputs), targets: first(labels === undefined ? targets() : t.gather(t.state("classes", [outputs, outputs]), labels())) };
      // Whatever the problem fills is in the program, also what is not looked at.
      return { ...seen, ...(squares && { filled: first(targets()) }), ...(observed && { observed: first(observed()) }) };
    });
  const session = createSession({ engine: "reference", programs: Object.fromEntries(parts.map((part) => [part, program(part)])), trials: 1 });
  try {
    if (labelled) for (let one = 0; one < outputs; one++) session.view("classes", 0)[one * outputs + one] = 1;
    problem.fillShared(session);
    problem.fillTrial(session, 0, setup);
    session.invalidate();
    session.run("train", 0);
    const read = (name: string, width: number) => matrix(Float64Array.from(session.view(`train/${name}`, 0)), width);
    const facts = factsOf({ inputs: read("inputs", examples.model.inputs), targets: read("targets", outputs), labels: labelled });
    return {
      counts: { train: examples.count("train"), validation: examples.count("validation"), test: examples.count("test") },
      facts,
      assumptions: assumptionsOf(facts),
    };
  } finally {
    session.close();
  }
};
