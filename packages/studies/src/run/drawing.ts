import type { Problem } from "../problems/problem.ts";
import type { TrialSetup } from "./run.ts";

/** What a tensor's start may depend on. */
export interface Drawing {
  readonly problem: Problem;
  readonly setup: TrialSetup;
  /** Effective tensors before this one. */
  readonly before: ReadonlyMap<string, Float64Array>;
}
