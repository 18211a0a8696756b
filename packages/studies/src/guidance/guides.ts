import { canonicalJson, type Guidance } from "@allot/spec";
import type { Dataset } from "../data/dataset.ts";
import { StudyError } from "../errors.ts";
import { lengthOf } from "../optimisers/length.ts";
import type { Problem } from "../problems/problem.ts";
import { problemOf, trainingExamples } from "../problems/problem-of.ts";
import type { Place } from "../run/place.ts";
import type { ComposeOptions, Run, TrialSetup } from "../run/run.ts";
import { startOf } from "../run/start.ts";
import { asGuide, guideInputs, guideMatrices, guideSetup } from "./guide.ts";
import { guideSlot, type Term } from "./terms.ts";
import { guideModel } from "./terms-of.ts";

type Values = ReadonlyMap<string, ArrayLike<number>>;
type Matrices = ReturnType<typeof guideMatrices>;

const drawn = (setup: TrialSetup, dataset: Dataset | undefined): Values => {
  const { study } = setup;
  return startOf(problemOf(study, dataset, lengthOf(study, trainingExamples(study, dataset))), setup).parts;
};

const checkRequired = ({ guide }: Guidance, metrics: Readonly<Record<string, number>>): void => {
  if (guide.require === undefined) return;
  const { metric, atLeast } = guide.require;
  const value = metrics[metric];
  if (value === undefined) throw new StudyError("require.metric", `${metric} is not measured: it is one of ${Object.keys(metrics).join(", ")}`);
  if (value < atLeast)
    throw new StudyError("require", `asks for a ${metric} of at least ${atLeast} and the trained guide has ${value}: train it longer, or ask for less`);
};

/** A layer that is the same for all examples, as where no unit is active, guides nowhere. */
const checkTelling = (matrices: Matrices, { index, pairs }: Term): void => {
  const silent = pairs.find(({ guide }) => matrices[guide]!.every((value) => value === 0));
  if (silent === undefined) return;
  const fix = "give it more units, another activation or another initialiser, or train it at a lower learning rate";
  throw new StudyError(
    `objective.guidance[${index}].guide`,
    `layer ${silent.guide} is the same for all training examples, so there is nothing to follow: ${fix}`,
  );
};

interface Training {
  readonly dataset: Dataset | undefined;
  /** Puts the guide's own trial into a run. */
  readonly compose: (options: ComposeOptions) => Run;
}

const trained = (setup: TrialSetup, term: Guidance, { dataset, compose }: Training): Values => {
  const run = compose({ trials: [setup], dataset, engine: setup.study.dtype === "f64" ? "reference" : "wasm" });
  try {
    run.advance(0, run.steps);
    checkRequired(term, run.measure(0));
    return new Map(Object.entries(run.tensors(0)).map(([name, { values }]) => [name, values]));
  } finally {
    run.close();
  }
};

/** Makes what has a key once. */
const once = <T>(): ((key: unknown, make: () => T) => T) => {
  const made = new Map<string, T>();
  return (key, make) => {
    const name = canonicalJson(key);
    const known = made.get(name) ?? make();
    made.set(name, known);
    return known;
  };
};

/**
 * Writes what their guides say of the training set into trials of one session. Arms of a replicate have their guides in common: each is drawn,
 * trained and compared with itself once. Throws StudyError where one can't be, or does not reach what is required of it.
 */
export const guides = (problem: Problem, training: Training): ((place: Place) => void) => {
  const valuesOnce = once<Values>();
  const matricesOnce = once<Matrices>();
  const matricesOf = ({ setup, plan }: Place, index: number): Matrices => {
    const term = setup.study.objective.guidance[index]!;
    const { study, streams } = guideSetup(setup, term);
    const { features } = term.guide;
    const guide = [study, streams];
    return matricesOnce([guide, features, term.input, term.distance], () => {
      const values = valuesOnce(guide, () =>
        asGuide(index, () => (term.guide.optimizer === undefined ? drawn({ study, streams }, training.dataset) : trained({ study, streams }, term, training))),
      );
      const { similarity } = plan.terms[index]!;
      const inputs = guideInputs(problem.examples!.inputs(setup), term, setup);
      const matrices = guideMatrices({ model: guideModel(setup.study, term, index), values, inputs, similarity, features, dtype: study.dtype });
      checkTelling(matrices, plan.terms[index]!);
      return matrices;
    });
  };
  return (place) => {
    for (const term of place.plan.terms) {
      const matrices = matricesOf(place, term.index);
      for (const pair of term.pairs) place.session.view(guideSlot(term, pair), place.trial).set(matrices[pair.guide]!);
    }
  };
};
