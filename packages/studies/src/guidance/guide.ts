import type { Guidance, Study } from "@allot/spec";
import { createSession, deriveKey, normals, permutation, trace } from "@allot/tensor";
import { StudyError } from "../errors.ts";
import { asStates, featuresOfAll } from "../models/features.ts";
import type { Matrix } from "../models/numbers.ts";
import type { FeedForward } from "../models/tensors.ts";
import type { TrialSetup } from "../run/run.ts";
import type { Similarity } from "./similarity.ts";

/** A guide as a study of its own, on the same data and task. */
export const guideStudy = (study: Study, { guide }: Guidance): Study => ({
  ...study,
  model: guide.model,
  allocation: {},
  initialiser: guide.initialiser === undefined ? {} : { "*.weight": guide.initialiser },
  objective: { ...study.objective, l2: 0, guidance: [], warm: undefined },
  optimizer: guide.optimizer ?? { kind: "none" },
  probes: [],
  measureEvery: undefined,
  measureAt: undefined,
});

/** The guide of a trial, which every arm of its replicate has: weights and order from the stream `guide`, data as the trial's. */
export const guideSetup = ({ study, streams }: TrialSetup, term: Guidance): TrialSetup => {
  const own = (purpose: string) => deriveKey(streams.guide, purpose);
  return { study: guideStudy(study, term), streams: { ...streams, init: own("init"), order: own("order") } };
};

/** Runs `work` on a guide's study; what is wrong with it is wrong with that field. */
export const asGuide = <T>(index: number, work: () => T): T => {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof StudyError)) throw error;
    throw new StudyError(`objective.guidance[${index}].guide.${error.field}`, error.message.slice(`${error.field}: `.length));
  }
};

/** What the guide sees in place of each training input. */
export const guideInputs = ({ values, width }: Matrix, { input }: Guidance, { streams }: TrialSetup): Float64Array => {
  if (input === "data") return values;
  const key = deriveKey(streams.guide, input);
  if (input === "noise") return normals(key, values.length);
  const rows = Array.from(permutation(key, values.length / width), (row) => values.subarray(row * width, (row + 1) * width));
  const shuffled = new Float64Array(values.length);
  for (const [at, row] of rows.entries()) shuffled.set(row, at * width);
  return shuffled;
};

interface Seen {
  readonly model: FeedForward;
  readonly values: ReadonlyMap<string, ArrayLike<number>>;
  /** [examples, inputs] */
  readonly inputs: Float64Array;
  readonly similarity: Similarity;
  readonly features: Guidance["guide"]["features"];
  readonly dtype: Study["dtype"];
}

/**
 * What each layer of a guide says of every two examples, [examples, examples]: by its outputs h after activation and pool (studies.md 3c), or by its
 * pre-activations z, as the method's authors do (3a). Not computed on the engine that trains, so that it is the same on all of them.
 */
export const guideMatrices = ({ model, values, inputs, similarity, features, dtype }: Seen): (Float32Array | Float64Array)[] => {
  const program = trace((t) => {
    const x = t.state("inputs", [inputs.length / model.inputs, model.inputs]);
    const layers = featuresOfAll(t, model, { tensors: asStates(t, model), inputs: x, of: features === "outputs" ? "h" : "z" });
    return Object.fromEntries(layers.map((seen, layer) => [layer, similarity.between(t, seen)]));
  });
  const session = createSession({ engine: dtype === "f64" ? "reference" : "wasm", programs: { guide: program }, trials: 1 });
  try {
    for (const { name } of model.tensors) session.view(name, 0).set(values.get(name)!);
    session.view("inputs", 0).set(inputs);
    session.run("guide", 0);
    return Object.keys(program.outputs).map((layer) => session.view(`guide/${layer}`, 0).slice() as Float32Array | Float64Array);
  } finally {
    session.close();
  }
};
