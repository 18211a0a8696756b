import { z } from "zod";

const Scaled = z.strictObject({ kind: z.enum(["he", "xavier", "zeros", "ones"]) });
/** N(0, deviation²); without `deviation`, 1/√fanIn. */
const Gauss = z.strictObject({ kind: z.literal("gauss"), deviation: z.number().nonnegative().optional() });
/** ε·Q with semi-orthogonal Q, and Gaussian or uniform weights that have its norm on average; ε is `scale` (studies.md 4a). */
const Orthogonal = z.strictObject({ kind: z.enum(["orthogonal", "normMatchedNormal", "normMatchedUniform"]), scale: z.number().positive() });
/**
 * log F − (K−1)/K · log f of co-occurrences F = XᵀY + smoothing and their sums f for each class, over `temperature` (studies.md 2a); K, the priming number, is the mean
 * L1 norm of a feature vector. `logJoint` is naive Bayes with its prior spread over the features, `naiveBayesBias` with the prior in the bias.
 */
const Explicit = z.strictObject({
  kind: z.literal("explicit"),
  form: z.enum(["kNorm", "logJoint", "naiveBayesBias"]),
  priming: z.union([z.literal("mean"), z.number().positive()]).default("mean"),
  smoothing: z.number().nonnegative().default(0.5),
  temperature: z.number().positive().default(1),
});
const Copy = z.strictObject({ kind: z.literal("copy"), from: z.string().min(1) });

export const InitialiserRule = z.discriminatedUnion("kind", [Scaled, Gauss, Orthogonal, Explicit, Copy]);
export type InitialiserRule = z.infer<typeof InitialiserRule>;

/** Glob on tensor names → initial value; the most specific match wins (as in `allocation`), the model's own default else. */
export const Initialiser = z.record(z.string().min(1), InitialiserRule);
export type Initialiser = z.infer<typeof Initialiser>;
