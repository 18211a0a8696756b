import { z } from "zod";
import { present, Shape } from "./shape.ts";

const Guidance = z.strictObject({
  guide: z.string().min(1),
  distance: z.enum(["centredKernelAlignment", "representationalSimilarity"]).default("centredKernelAlignment"),
  weight: z.number().nonnegative().default(1),
  reduction: z.enum(["sum", "mean"]).default("sum"),
  layers: z.union([z.literal("uniform"), z.array(z.tuple([z.int(), z.int()]))]).default("uniform"),
  from: z.int().nonnegative().default(0),
  until: z.int().positive().optional(),
  input: z.enum(["data", "noise", "shuffled"]).default("data"),
});

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
  guidance: z.array(Guidance).default([]).register(Shape, { shape: true }),
});
export type TaskObjective = z.infer<typeof TaskObjective>;
