import type { Sweep, SweepStatus } from "@allot/spec";
import type { LaneDefaults } from "../job/job.ts";
import type { Trouble } from "../lanes.ts";
import type { Job, Pod, SweepObject, Workload } from "../objects.ts";
import type { WorkFacts } from "../work/facts.ts";

/** The manifest to go by: the object's own, or the last one that was accepted while the newest is refused. */
export interface Accepted {
  readonly sweep?: Sweep;
  /** Why the newest manifest is refused. */
  readonly refused?: Trouble;
  /** Why it can't be known what was accepted before: until then nothing is begun. */
  readonly unknown?: Trouble;
}

/** A Job that the cluster would not have. */
export interface JobRefused {
  /** In the cluster's words. */
  readonly message: string;
  /** How often in a row, and when (ms since the epoch) last. */
  readonly times: number;
  readonly at: number;
  /** Hash of its pod template. */
  readonly template: string;
}

/** Everything that a decision rests on, looked at once. */
export interface Observed {
  readonly object: SweepObject;
  readonly accepted: Accepted;
  /** The sweep's Jobs, oldest first. */
  readonly jobs: readonly Job[];
  /** Pods of the newest Job. */
  readonly pods: readonly Pod[];
  /** Why the Job controller can't make pods, as its events say. */
  readonly podsRefused?: string;
  readonly jobRefused?: JobRefused;
  /** Kueue's record of the newest Job. */
  readonly workload?: Workload;
  /** The sweep's queue and ledger, once there is work on them. */
  readonly work?: WorkFacts;
  readonly defaults: LaneDefaults;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** One thing to do; `apply` does them in order. */
export type Action =
  | { readonly do: "addFinalizer" | "removeFinalizer" | "openWork" | "closeWork" | "drainWork" | "deleteSweep" }
  | { readonly do: "createJob"; readonly generation: number; readonly lanes: number; readonly suspend: boolean }
  | { readonly do: "resizeJob"; readonly job: string; readonly lanes: number; readonly suspend: boolean }
  | { readonly do: "deleteJob"; readonly job: string }
  | { readonly do: "activateWorkload"; readonly workload: string; readonly active: boolean }
  | { readonly do: "suspendSweep"; readonly why: Trouble }
  | { readonly do: "event"; readonly type: "Normal" | "Warning"; readonly reason: string; readonly message: string };

export interface Decision {
  readonly actions: readonly Action[];
  readonly status: SweepStatus | undefined;
  /** Look again after this many milliseconds, whatever happens. */
  readonly again?: number;
}
