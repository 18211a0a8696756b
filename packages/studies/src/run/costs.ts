import type { Study } from "@allot/spec";
import { type Engine, flops, sessionBytes } from "@allot/tensor";
import type { Dataset } from "../data/dataset.ts";
import { isIterative, optimizerOf } from "../optimisers/length.ts";
import { needsGradientDecay } from "../optimisers/optimiser.ts";
import type { Counts } from "../parametrisation/parametrised.ts";
import { probeProgram } from "../probes/probes.ts";
import { inferenceProgram } from "./inference.ts";
import type { Metrics } from "./metrics.ts";
import { type Plan, planOf, sessionOptions } from "./plan.ts";
import type { KnownCosts, TrialSetup } from "./run.ts";

/** Examples at a time that a trained model is costed on: one, as an answer is waited for, and many, as a file is worked off. */
export const inferenceBatches = { alone: 1, many: 256 } as const;

/** What a trial's own programs need; those of its pack need it as soon as one does. */
const neededBy = ({ study }: TrialSetup): Pick<Plan, "gradientDecay" | "penalised"> => {
  const optimizer = optimizerOf(study);
  return {
    gradientDecay: isIterative(optimizer) && needsGradientDecay(optimizer),
    penalised: isIterative(optimizer) && study.objective.l2 > 0,
  };
};

/** A trial costs the same whatever is watched of it. */
const withoutProbes = ({ programs, probes }: Plan): Plan["programs"] => {
  const watching = new Set([...probes.keys()].map(probeProgram));
  return Object.fromEntries(Object.entries(programs).filter(([name]) => !watching.has(name)));
};

/**
 * FLOPs and planned memory of one trial held alone, so that they do not depend on its pack-mates. Of solvers, which make no updates, the
 * training's FLOPs are not known and left out.
 */
const programCosts = (plan: Plan, engine: Engine, study: Study): Metrics => {
  const { alone, many } = inferenceBatches;
  const { step } = plan.programs;
  const { kind } = optimizerOf(study);
  const one = inferenceProgram(plan, alone);
  const bytes = (rows: typeof one): number => sessionBytes({ engine, programs: { inference: rows }, trials: 1 });
  return {
    ...(step === undefined ? kind === "none" && { "training.flops": 0 } : { "training.flops": flops(step) * plan.length.steps }),
    "training.memory": sessionBytes({ ...sessionOptions(plan, { engine, trials: 1 }), programs: withoutProbes(plan) }),
    "inference.flops": flops(one),
    "inference.memory": bytes(one),
    "inference.batch256.memory": bytes(inferenceProgram(plan, many)),
  };
};

/** Of a replicate's root seed, from which whoever has the manifest draws all that is fixed. */
const seedBytes = 8;

/** What the trained model takes to store: all its scalars, or the learnt ones and a seed for those that were drawn. */
const storedBytes = ({ dtype }: Study, { trained, total }: Counts): Metrics => {
  const scalar = dtype === "f64" ? 8 : 4;
  return { storedBytes: scalar * total, "seeded.storedBytes": trained === total ? scalar * total : scalar * trained + seedBytes };
};

/** The deterministic costs of a trial: FLOPs, planned memory (bytes), stored size (bytes). */
export const costsOf = (setup: TrialSetup, o: { plan: Plan; counts: Counts; dataset: Dataset | undefined; engine: Engine; known: KnownCosts }): Metrics => {
  const { plan, dataset, engine, known } = o;
  const own = neededBy(setup);
  const key = JSON.stringify(own);
  const same = own.gradientDecay === plan.gradientDecay && own.penalised === plan.penalised;
  const costs = known.get(key) ?? programCosts(same ? plan : planOf([setup], dataset), engine, setup.study);
  known.set(key, costs);
  return { ...costs, ...storedBytes(setup.study, o.counts) };
};
