import type { Study } from "@allot/spec";
import type { Engine, Program, SessionOptions } from "@allot/tensor";
import { flops, type Tensor, type Tracer, trace } from "@allot/tensor";
import type { Dataset } from "../data/dataset.ts";
import { StudyError } from "../errors.ts";
import { guidedLoss, type Term } from "../guidance/terms.ts";
import { termsOf } from "../guidance/terms-of.ts";
import type { Effective, Layer } from "../models/tensors.ts";
import { l2 } from "../objectives/l2.ts";
import { isIterative, type Length, lengthOf, optimizerOf } from "../optimisers/length.ts";
import { needsGradientDecay, traceUpdates } from "../optimisers/optimiser.ts";
import { parametriseAll } from "../parametrisation/parametrise.ts";
import type { Parametrised } from "../parametrisation/parametrised.ts";
import type { Probe } from "../probes/probe.ts";
import { probeProgram, probesOf } from "../probes/probes.ts";
import type { Part } from "../problems/part.ts";
import { orderStream, type Problem } from "../problems/problem.ts";
import { problemOf, trainingExamples } from "../problems/problem-of.ts";
import type { ComposeOptions, TrialSetup } from "./run.ts";

/** What all trials of a shape class share: traced once, filled per trial. */
export interface Plan {
  readonly problem: Problem;
  readonly length: Length;
  readonly parametrised: readonly Parametrised[];
  readonly probes: readonly Probe[];
  readonly programs: Readonly<Record<string, Program>>;
  readonly gradientDecay: boolean;
  readonly penalised: boolean;
  /** What else than the task is learnt. */
  readonly terms: readonly Term[];
}

/** The slot of the objective's l2 strength. */
export const l2Slot = "l2";

/** The slot that says which residual's derivatives the program `jacobian` takes. */
export const residualWeights = "residualWeights";

interface Bindings {
  readonly tensors: ReadonlyMap<string, Effective>;
  readonly learnable: readonly { name: string; tensor: Tensor }[];
  /** Effective weights that learn at least in part. */
  readonly weights: readonly Tensor[];
}

const bindAll = (t: Tracer, parametrised: readonly Parametrised[]): Bindings => {
  const bound = parametrised.map((p) => ({ ...p.bind(t), spec: p.tensor }));
  return {
    tensors: new Map(bound.map(({ spec, effective }) => [spec.name, effective])),
    learnable: bound.flatMap(({ learnable }) => learnable),
    weights: bound.filter(({ spec, learnable }) => spec.role === "weight" && learnable.length > 0).map(({ effective }) => effective.value()),
  };
};

type ProgramOptions = Omit<Plan, "programs"> & { readonly study: Study };

const stepProgram = ({ problem, length: { batches }, parametrised, gradientDecay, penalised, terms, study }: ProgramOptions): Program =>
  trace((t) => {
    const { tensors, learnable, weights } = bindAll(t, parametrised);
    const layers: Layer[] = [];
    const scalars = problem.step(t, tensors, (layer) => void layers.push(layer));
    const optimizer = optimizerOf(study);
    if (learnable.length === 0 || !isIterative(optimizer)) return scalars;
    const order = batches && t.stream(orderStream, [batches.batch]);
    const learnt = terms.length === 0 ? scalars.loss : guidedLoss(t, terms, { loss: scalars.loss, layers, order });
    const loss = penalised ? t.add(learnt, l2(t, weights, t.scalars(l2Slot, 1))) : learnt;
    const gradients = t.gradients(
      loss,
      learnable.map(({ tensor }) => tensor),
    );
    const trained = learnable.map((one, i) => ({ ...one, gradient: gradients[i]! }));
    traceUpdates(t, trained, { optimizer, gradientDecay });
    return scalars;
  });

/** Gradients of the residuals times `residualWeights`, by learnable slot: a row of the Jacobian where one of these is 1. */
const residualGradients = (t: Tracer, parametrised: readonly Parametrised[], residual: NonNullable<Problem["residual"]>): Record<string, Tensor> => {
  const { tensors, learnable } = bindAll(t, parametrised);
  const residuals = residual(t, tensors);
  const chosen = t.sum(t.mul(residuals, t.state(residualWeights, residuals.shape)));
  const gradients = t.gradients(
    chosen,
    learnable.map(({ tensor }) => tensor),
  );
  return Object.fromEntries(learnable.map(({ name }, i) => [name, gradients[i]!]));
};

const evaluation = ({ problem, parametrised }: ProgramOptions, part: Part): Program =>
  trace((t) => problem.evaluate(t, bindAll(t, parametrised).tensors, part));

const probePrograms = ({ probes, parametrised }: ProgramOptions): Record<string, Program> =>
  Object.fromEntries(
    probes.flatMap(({ trace: traced }, index) =>
      traced === undefined ? [] : [[probeProgram(index), trace((t) => traced(t, bindAll(t, parametrised).tensors))]],
    ),
  );

const programsOf = (o: ProgramOptions): Record<string, Program> => {
  const { problem, parametrised, study } = o;
  const { residual } = problem;
  const optimizer = optimizerOf(study);
  const programs: Record<string, Program> = probePrograms(o);
  for (const part of [...problem.measured, ...problem.last]) programs[part] = evaluation(o, part);
  if (isIterative(optimizer)) programs["step"] = stepProgram(o);
  if (optimizer.kind === "leastSquares" || optimizer.kind === "levenbergMarquardt") {
    if (residual === undefined)
      throw new StudyError("optimizer.kind", `${optimizer.kind} needs a squared error: use task meanSquaredError, or an iterative optimiser`);
    programs["residual"] = trace((t) => ({ residual: residual(t, bindAll(t, parametrised).tensors) }));
    if (optimizer.kind === "levenbergMarquardt") programs["jacobian"] = trace((t) => residualGradients(t, parametrised, residual));
  }
  return programs;
};

/** Whether some weight learns at least in part, for a penalty to act on. */
const hasWeights = (parametrised: readonly Parametrised[]): boolean =>
  parametrised.some(({ tensor, slots }) => tensor.role === "weight" && slots.some(({ role }) => role === "learnable"));

/** What programs are traced from. */
const sourcesOf = (studies: readonly Study[], dataset: Dataset | undefined): Omit<ProgramOptions, "probes"> => {
  const [study] = studies;
  if (study === undefined) throw new RangeError("compose needs at least one trial");
  const examples = trainingExamples(study, dataset);
  const length = lengthOf(study, examples);
  const problem = problemOf(study, dataset, length);
  const terms = termsOf(study, problem.model, examples);
  const parametrised = parametriseAll(problem.model, study);
  const iterative = studies.filter((one) => isIterative(optimizerOf(one)));
  const learns = parametrised.some(({ slots }) => slots.some(({ role }) => role === "learnable"));
  const gradientDecay = learns && iterative.some((one) => needsGradientDecay(optimizerOf(one)));
  const penalised = hasWeights(parametrised) && iterative.some(({ objective }) => objective.l2 > 0);
  return { study, length, problem, parametrised, gradientDecay, penalised, terms };
};

/** Traces the programs of a shape class. Throws StudyError where its parts do not fit together. */
export const planOf = (trials: readonly TrialSetup[], dataset: Dataset | undefined): Plan => {
  const { study, ...sources } = sourcesOf(
    trials.map((trial) => trial.study),
    dataset,
  );
  const probes = probesOf(study, sources.problem, sources.terms);
  return { ...sources, probes, programs: programsOf({ ...sources, study, probes }) };
};

/** Floating-point operations of one update, as `Facts.flopsPerStep` of a run; 0 where training has no updates. Throws as `planOf`. */
export const flopsOfStep = (study: Study, dataset: Dataset | undefined): number =>
  isIterative(optimizerOf(study)) ? flops(stepProgram({ ...sourcesOf([study], dataset), probes: [] })) : 0;

/** What the session of a plan is made of. */
export const sessionOptions = (plan: Plan, o: { engine: Engine; trials: number }): SessionOptions => {
  const { batches } = plan.length;
  const streams = batches === undefined ? {} : { [orderStream]: batches.perEpoch * batches.batch };
  return { engine: o.engine, trials: o.trials, programs: plan.programs, streams };
};

/** Refuses what an engine can't do for a study. */
export const checkEngine = ({ trials, engine }: ComposeOptions): void => {
  const name = typeof engine === "string" ? engine : engine.name;
  for (const { study } of trials) {
    if (study.dtype === "f64" && name !== "reference") throw new StudyError("dtype", `is f64 and the engine ${name} computes in f32: use engine reference`);
  }
};
