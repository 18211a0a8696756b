import { type Completion, drawCompletion, type LowRankMatrix } from "../data/low-rank-matrix.ts";
import { matrix } from "../models/numbers.ts";
import type { TrialSetup } from "../run/run.ts";
import type { ExampleSource, Portion } from "./examples.ts";

const slots = { inputs: "units", targets: "matrix", known: "known", unknown: "unknown" };

const maskOf = (part: Portion): string => (part === "test" ? slots.unknown : slots.known);

const drawFor = ({ study, streams }: TrialSetup): Completion => {
  if (study.data.kind !== "lowRankMatrix") throw new TypeError(`no matrix in ${study.data.kind}`);
  return drawCompletion(study.data, streams.data);
};

const unitMatrix = (size: number): Float64Array => Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));

/** A matrix of each trial, as what its model makes of the unit vectors; the entries that are not known test. */
export const lowRankSource = ({ rows, columns = rows, observed }: LowRankMatrix): ExampleSource => {
  const partial = observed < 1;
  const draws = new WeakMap<TrialSetup, Completion>();
  const drawn = (setup: TrialSetup): Completion => {
    const found = draws.get(setup) ?? drawFor(setup);
    draws.set(setup, found);
    return found;
  };
  return {
    count: (part) => (part === "train" || part === "start" || (part === "test" && partial) ? columns : 0),
    examples: (t, part) => ({
      inputs: t.shared(slots.inputs, [columns, columns]),
      targets: () => t.constant(slots.targets, [columns, rows]),
      labels: undefined,
      observed: partial ? () => t.constant(maskOf(part), [columns, rows]) : undefined,
    }),
    fillShared: (session) => session.view(slots.inputs, 0).set(unitMatrix(columns)),
    fillTrial: (session, trial, { setup, parts }) => {
      const { targets, known } = drawn(setup);
      session.view(slots.targets, trial).set(targets);
      if (!partial) return;
      for (const part of parts) session.view(maskOf(part), trial).set(part === "test" ? known.map((one) => 1 - one) : known);
    },
    inputsFor: () => matrix(unitMatrix(columns), columns),
    classified: undefined,
  };
};
