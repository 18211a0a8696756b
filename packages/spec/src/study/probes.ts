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

/** The metrics that a probe reports; `name.*` stands for one of each tensor or layer. */
export const probeMetrics = (probe: ProbeInput): string[] => {
  if (probe.kind === "jacobian" || probe.kind === "equations") return ofStart[probe.kind].map((name) => `${probe.kind}.${name}`);
  if (probe.kind === "alignment") return [`${probe.as ?? "alignment"}.*`];
  if (probe.kind === "calibration") return [`${probe.part ?? "validation"}.calibrationError`];
  if (probe.kind === "worstClass") return [`${probe.part ?? "validation"}.worstClassAccuracy`];
  if (probe.kind === "cosineToExplicit") return ["cosineToExplicit"];
  if (probe.as !== undefined) return [probe.as];
  if (probe.kind === "valueAt") return [`${probe.metric}.at.${probe.step}`];
  return [`${probe.kind}.${probe.metric}`];
};

/** The metrics that a probe looks at as they are measured. */
export const probeReads = (probe: ProbeInput): string[] => {
  if ("part" in probe) return [`${probe.part ?? "validation"}.accuracy`];
  if (!("metric" in probe)) return [];
  return probe.kind === "matched" ? [probe.metric, probe.reference ?? "train.loss"] : [probe.metric];
};
