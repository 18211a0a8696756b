import type { Session } from "@allot/tensor";
import type { Plan } from "./plan.ts";
import type { TrialSetup } from "./run.ts";

/** A trial's place in its session. */
export interface Place {
  readonly plan: Plan;
  readonly session: Session;
  readonly trial: number;
  readonly setup: TrialSetup;
}
