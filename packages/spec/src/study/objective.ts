import { z } from "zod";
import { InitialiserRule } from "./initialiser.ts";
import { Model } from "./model.ts";
import { Optimizer } from "./optimizer.ts";
import { present, Shape } from "./shape.ts";

const layer = z.int().nonnegative();

/** A network that is not trained with the study's, drawn from the stream `guide`. */
const Guide = z.strictObject({
  model: Model,
  /** Of its weights; default: He. */
  initialiser: InitialiserRule.optional(),
  /** What of its layers is compared: what they put out, after activation and pool, or what they were before. */
  features: z.enum(["outputs", "preActivations"]).default("outputs"),
  /** How it is trained first, on the study's training set and task; default: it stays as it is drawn. */
  optimizer: Optimizer.optional(),
  /** What a trained one has to reach, or the trial fails. */
  require: z.strictObject({ metric: z.string().min(1), atLeast: z.number() }).optional(),
});

/** weight · Σ (1 − similarity) over pairs of layers: pre-activations of the study's network, and what the guide says (studies.md 3a). */
const Guidance = z.strictObject({
  guide: Guide,
  /** Linear CKA, or the correlation of squared distances between examples. */
  distance: z.enum(["centredKernelAlignment", "representationalSimilarity"]).default("centredKernelAlignment"),
  weight: z.number().nonnegative().default(1),
  /** `mean`: the weight is shared out over the pairs. */
  reduction: z.enum(["sum", "mean"]).default("sum"),
  /** Which layers below the outputs are compared; `uniform` spreads the guide's over all of the network's. */
  layers: z.union([z.enum(["uniform", "first", "last"]), z.array(z.strictObject({ target: layer, guide: layer })).min(1)]).default("uniform"),
  /** It counts after so many updates, */
  from: z.int().nonnegative().default(0),
  /** and up to this one; default: to the end. */
  until: z.int().positive().optional(),
  /** What the guide sees: the study's inputs, Gaussian noise, or the inputs of other examples. */
  input: z.enum(["data", "noise", "shuffled"]).default("data"),
});
export type Guidance = z.infer<typeof Guidance>;

/** What of a guide decides which layers are compared: how many it has below its outputs, where its lists say that, or the whole model. */
const depth = (model: Model): number | Model => {
  if (model.kind === "mlp") return model.hidden.length;
  return model.kind === "conv1d" || model.kind === "conv2d" ? model.layers.length + model.hidden.length : model;
};

/** Which layers are compared and how; all that a guide is, and when and how much it counts, is data. */
const compared = { shape: (terms: unknown) => (terms as Guidance[]).map(({ distance, layers, guide }) => ({ distance, layers, depth: depth(guide.model) })) };

export const TaskObjective = z.strictObject({
  /** Default: what the data asks for. */
  task: z.enum(["crossEntropy", "meanSquaredError", "markovNmse", "maskedMeanSquaredError"]).optional().register(Shape, { shape: true }),
  /** What a squared error makes of its squares; default: their mean over all outputs of all examples, of a masked error too. */
  reduction: z.enum(["mean", "sum"]).optional().register(Shape, { shape: true }),
  /** Factor on a squared error, such as the ½ of deep linear networks (studies.md 4a); default: 1. */
  scale: z.number().positive().optional().register(Shape, { shape: true }),
  /** A final `nmse` below this counts as a match. */
  matchBelow: z.number().positive().default(1e-4),
  l2: z.number().nonnegative().default(0).register(Shape, present),
  guidance: z.array(Guidance).max(4).default([]).register(Shape, compared),
  /** Updates at the start in which only guidance counts, and not the task. */
  warm: z.int().nonnegative().optional(),
});
export type TaskObjective = z.infer<typeof TaskObjective>;
