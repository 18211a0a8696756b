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

export type Metrics = Record<string, number>;

/** `loss` → `train.loss`. */
export const prefixed = (part: string, metrics: Metrics): Metrics =>
  Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`${part}.${name}`, value]));
