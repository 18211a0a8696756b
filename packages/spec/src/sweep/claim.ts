import { z } from "zod";
import { Json } from "./parameters.ts";

/**
 * A statement that the report tests: `reduce(arms[0]) comparator factor · reduce(arms[1]) + margin`, or with one arm
 * `reduce(arms[0]) comparator margin`, where `reduce` is over replicates.
 */
export const Claim = z.strictObject({
  id: z.string().min(1),
  metric: z.string().min(1),
  /** Factor → label; a factor that is left out has the baseline's value. */
  arms: z.array(z.record(z.string(), Json)).min(1).max(2),
  /** `rate`: the share of replicates where a yes-or-no metric is 1. `every`: each replicate by itself has to hold. */
  reduce: z.enum(["mean", "median", "rate", "every"]).default("mean"),
  comparator: z.enum([">", ">=", "<", "<=", "=="]),
  /** On the second arm; default 1. */
  factor: z.number().positive().optional(),
  margin: z.number().default(0),
  /** Of `==`: how far apart both sides may be; default 0. */
  tolerance: z.number().nonnegative().optional(),
  /** Replicates with a value below which nothing is decided; default: all. */
  minSeeds: z.int().positive().optional(),
  /** Whether two arms are compared seed by seed. */
  paired: z.boolean().default(true),
});
export type Claim = z.infer<typeof Claim>;
