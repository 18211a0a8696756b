import { z } from "zod";
import { present, Shape } from "./shape.ts";

/** How long: passes over the training set or single updates; one of the two. */
const length = {
  epochs: z.int().positive().optional().register(Shape, { shape: true }),
  steps: z.int().positive().optional().register(Shape, { shape: true }),
  batch: z
    .union([z.literal("full"), z.int().positive()])
    .default("full")
    .register(Shape, { shape: true }),
  learningRate: z.number().positive(),
  schedule: z.enum(["constant", "cosine"]).default("constant"),
  weightDecay: z.number().nonnegative().default(0).register(Shape, present),
  /** Glob on tensor names → factor on the learning rate. */
  multipliers: z.record(z.string(), z.number().nonnegative()).default({}),
};
const kind = <const T extends string>(...names: T[]) => z.enum(names).register(Shape, { shape: true });

const Gradient = z.strictObject({ kind: kind("gd"), ...length });
const Momentum = z.strictObject({ kind: kind("momentum"), momentum: z.number().min(0).lt(1).default(0.9), ...length });
const Adam = z.strictObject({
  kind: kind("adam", "adamw"),
  beta1: z.number().min(0).lt(1).default(0.9),
  beta2: z.number().min(0).lt(1).default(0.999),
  epsilon: z.number().positive().default(1e-8),
  ...length,
});
const RmsProp = z.strictObject({ kind: kind("rmsprop"), decay: z.number().min(0).lt(1).default(0.9), epsilon: z.number().positive().default(1e-8), ...length });
function oneLength({ value, issues }: z.core.ParsePayload<{ epochs?: number | undefined; steps?: number | undefined }>): void {
  if ((value.epochs === undefined) !== (value.steps === undefined)) return;
  const message = value.epochs === undefined ? "give epochs (passes over the training set) or steps (single updates)" : "has both epochs and steps: keep one";
  issues.push({ code: "custom", input: value, message });
}

/** One linear solve; the outputs must be linear in the learnable weights. Needs `dtype: f64`. */
const LeastSquares = z.strictObject({ kind: kind("leastSquares") });
/** A squared error's damped Gauss–Newton steps, at most so many; counts as one update. Needs `dtype: f64`. */
const LevenbergMarquardt = z.strictObject({ kind: kind("levenbergMarquardt"), iterations: z.int().positive().default(200) });
const None = z.strictObject({ kind: kind("none") });

export const Optimizer = z.discriminatedUnion("kind", [
  Gradient.check(oneLength),
  Momentum.check(oneLength),
  Adam.check(oneLength),
  RmsProp.check(oneLength),
  LeastSquares,
  LevenbergMarquardt,
  None,
]);
export type Optimizer = z.infer<typeof Optimizer>;
