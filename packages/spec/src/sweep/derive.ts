import { z } from "zod";
import { Json } from "./parameters.ts";

/** Of a trial: scalars that receive gradient, or floating-point operations of all its updates. */
const Cost = z.enum(["learnableParameters", "trainingFlops"]);
export type Cost = z.infer<typeof Cost>;

/**
 * A whole number of the study that follows from a budget: the largest with which the cost does not exceed `to`,
 * or the cost of the arm that `as` names and that else has this arm's values. Exactly one of the two.
 */
export const Derived = z.strictObject({
  path: z.string().min(1).describe("a path into trainer.study"),
  equal: Cost,
  to: z.number().positive().optional(),
  as: z.record(z.string(), Json).optional(),
  /** CEL; the number stays as written where it is false. */
  when: z.string().min(1).describe("a CEL expression").optional(),
});
export type Derived = z.infer<typeof Derived>;
