import { z } from "zod";

const metric = z.string().min(1);
/** The name its metric has in tables; default: made of the kind and the metric it reads. */
const as = z.string().min(1).optional();

/** `metric` as it was measured after `step` updates; 0 is before training. */
const ValueAt = z.strictObject({ kind: z.literal("valueAt"), metric, step: z.int().nonnegative(), as });
/** Updates until `metric` is measured at `threshold` or beyond it, in the direction given; no value where it never is. */
const StepsTo = z.strictObject({ kind: z.literal("stepsTo"), metric, threshold: z.number(), direction: z.enum(["below", "above"]).default("below"), as });
/** `metric` at the first measurement at which `reference` is at `threshold` or below it: two arms are compared at equal training loss. */
const Matched = z.strictObject({ kind: z.literal("matched"), metric, reference: metric.default("train.loss"), threshold: z.number(), as });
/** `metric` at the end over its smallest value on the way: 1 where it never rose again. */
const FinalOverMinimum = z.strictObject({ kind: z.literal("finalOverMinimum"), metric, as });

/** The rank of what a chain of square weights learns; default: that of the data's low-rank matrix. */
const rank = z.int().positive().optional();

// The law of parsimony, for all weights of a model as one product W_L ⋯ W_1 of square matrices (studies.md 4a):
/** The share of an update W(t) − W(0) that is neither in 2·rank directions fixed at the start nor a scaling of all others alike, of all layers' the largest. */
const SubspaceLeak = z.strictObject({ kind: z.literal("subspaceLeak"), rank });
/** How far the layers are from ρ(t)/ρ(0) times their start outside of those directions, with ρ by the recursion of gradient descent, or as it fits each layer best. */
const RhoResidual = z.strictObject({ kind: z.literal("rhoResidual"), rank, rho: z.enum(["recursion", "fitted"]).default("recursion") });
/** How many singular values of each layer differ from its best-fitting ρ by more than `threshold`. */
const MovingSingularValues = z.strictObject({ kind: z.literal("movingSingularValues"), rank, threshold: z.number().positive().default(1e-6) });

/** The `count` largest singular values and the effective rank of every matrix that the glob names. */
const SingularValues = z.strictObject({ kind: z.literal("singularValues"), tensors: z.string().min(1).default("*"), count: z.int().nonnegative().default(0) });
/** The same of the product of all weights. */
const EndToEnd = z.strictObject({ kind: z.literal("endToEnd"), count: z.int().nonnegative().default(0) });
/** Scatter of the features within classes over that between them, after every layer but the last, and how fast it falls (studies.md 4a). */
const Collapse = z.strictObject({ kind: z.literal("collapse") });

/** Whether the trained scalars can move the outputs at all, at the start: no training is needed for it (studies.md 1a). */
const Jacobian = z.strictObject({ kind: z.literal("jacobian") });
/** The outputs as equations in the trained scalars: how many there are, and how many of them are linear (studies.md 1a). */
const Equations = z.strictObject({ kind: z.literal("equations") });

/** How alike the layers that `objective.guidance` compares see the training set, at the end or whenever it is measured; nothing without that term. */
const Alignment = z.strictObject({
  kind: z.literal("alignment"),
  term: z.int().nonnegative().default(0),
  when: z.enum(["end", "measured"]).default("end"),
  as,
});

const part = z.enum(["train", "validation", "test"]).default("validation");
/** How far confidence is from accuracy, over `bins` equal bins of the largest probability (Guo et al. 2017). */
const Calibration = z.strictObject({ kind: z.literal("calibration"), part, bins: z.int().positive().default(15) });
/** Accuracy of the class that has the lowest. */
const WorstClass = z.strictObject({ kind: z.literal("worstClass"), part });
/** Cosine between the first layer's weight and the explicit solution, both centred over classes (studies.md 2c, A6). */
const CosineToExplicit = z.strictObject({
  kind: z.literal("cosineToExplicit"),
  form: z.enum(["kNorm", "logJoint", "naiveBayesBias"]).default("kNorm"),
  priming: z.union([z.literal("mean"), z.number().positive()]).default("mean"),
  smoothing: z.number().nonnegative().default(0.5),
});

/** A measurement on what was measured, or on weights and activations; it never changes a result. */
export const Probe = z.discriminatedUnion("kind", [
  ValueAt,
  StepsTo,
  Matched,
  FinalOverMinimum,
  SubspaceLeak,
  RhoResidual,
  MovingSingularValues,
  SingularValues,
  EndToEnd,
  Collapse,
  Jacobian,
  Equations,
  Calibration,
  WorstClass,
  CosineToExplicit,
  Alignment,
]);
export type Probe = z.infer<typeof Probe>;
export type ProbeInput = z.input<typeof Probe>;

const ofStart = {
  jacobian: ["rank", "logDeterminant"],
  equations: ["total", "independent", "fixed", "linear", "nonlinear", "satisfiable"],
} as const;

/** Probes of one metric that has their name. */
const single: readonly Probe["kind"][] = ["cosineToExplicit", "subspaceLeak"];

/** The metrics that a probe reports; `name.*` stands for one of each tensor or layer. */
export const probeMetrics = (probe: ProbeInput): string[] => {
  if ("metric" in probe) {
    if (probe.as !== undefined) return [probe.as];
    return [probe.kind === "valueAt" ? `${probe.metric}.at.${probe.step}` : `${probe.kind}.${probe.metric}`];
  }
  if (probe.kind === "jacobian" || probe.kind === "equations") return ofStart[probe.kind].map((name) => `${probe.kind}.${name}`);
  if (probe.kind === "alignment") return [`${probe.as ?? "alignment"}.*`];
  if (probe.kind === "calibration") return [`${probe.part ?? "validation"}.calibrationError`];
  if (probe.kind === "worstClass") return [`${probe.part ?? "validation"}.worstClassAccuracy`];
  if (single.includes(probe.kind)) return [probe.kind];
  if (probe.kind === "rhoResidual") return [probe.rho === "fitted" ? "rhoResidual.fitted" : probe.kind];
  return [`${probe.kind}.*`];
};

/** The metrics that a probe looks at as they are measured. */
export const probeReads = (probe: ProbeInput): string[] => {
  if ("part" in probe) return [`${probe.part ?? "validation"}.accuracy`];
  if (!("metric" in probe)) return [];
  return probe.kind === "matched" ? [probe.metric, probe.reference ?? "train.loss"] : [probe.metric];
};
