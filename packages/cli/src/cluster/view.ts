import type { SweepObject } from "@allot/controller";
import { condition } from "@allot/kube";
import type { Sweep, SweepStatus } from "@allot/spec";
import { type ExitCode, exitCodes } from "../exit.ts";

/** Where a sweep stands, in one word. */
export type SweepState = "New" | "Starting" | "Queued" | "Running" | "Stalled" | "Suspended" | "Complete" | "Failed" | "Refused" | "Deleting";

/** What a person wants to know of a sweep in a cluster. */
export interface SweepView {
  readonly namespace: string;
  readonly name: string;
  readonly state: SweepState;
  /** What is not as it should be, or why nothing is trained; empty where nothing is to be said. */
  readonly reason: string;
  readonly message: string;
  readonly ended: number | undefined;
  readonly trials: SweepStatus["trials"];
  readonly stage: SweepStatus["stage"];
  readonly lanes: SweepStatus["lanes"];
  readonly best: SweepStatus["best"];
  readonly etaSeconds: number | undefined;
  readonly ageSeconds: number;
  readonly results: string | undefined;
}

/** The parts of a spec that commands look at; the API server has checked them against the schema. */
export interface SpecParts {
  readonly suspend?: boolean;
  readonly artifacts?: Partial<Sweep["spec"]["artifacts"]>;
  readonly execution?: { readonly lanes?: number; readonly store?: { readonly secretName?: string } };
}

export const specOf = ({ spec }: SweepObject): SpecParts => spec as SpecParts;

/** A sweep that no controller has looked at for this long (s) probably has none. */
const unseenSeconds = 15;

/** @param now milliseconds since the epoch. */
export const viewOf = (object: SweepObject, now: number): SweepView => {
  const { metadata, status = {} } = object;
  const { trials, stage, lanes, best, results, estimatedCompletionTime: eta } = status;
  const state = stateOf(object);
  const ageSeconds = Math.max(0, (now - Date.parse(metadata.creationTimestamp ?? "")) / 1000) || 0;
  return {
    namespace: metadata.namespace ?? "default",
    name: metadata.name,
    state,
    ...noteOf(status, state, ageSeconds),
    ended: trials?.total === undefined ? undefined : (trials.succeeded ?? 0) + (trials.pruned ?? 0) + (trials.failed ?? 0),
    trials,
    stage,
    lanes,
    best,
    etaSeconds: eta === undefined ? undefined : Math.max(0, (Date.parse(eta) - now) / 1000),
    ageSeconds,
    results,
  };
};

const isTrue = ({ conditions }: SweepStatus, type: string): boolean => condition(conditions, type)?.status === "True";

const stateOf = ({ metadata, status = {} }: SweepObject): SweepState => {
  if (metadata.deletionTimestamp !== undefined) return "Deleting";
  const settled = (["Complete", "Failed", "Suspended"] as const).find((type) => isTrue(status, type));
  if (settled) return settled;
  const stalled = condition(status.conditions, "Stalled");
  if (stalled?.status === "True") return stalled.reason === "ManifestRefused" ? "Refused" : "Stalled";
  const progressing = condition(status.conditions, "Progressing");
  if (!progressing) return "New";
  if (progressing.reason === "WaitingForQuota") return "Queued";
  return progressing.status === "True" && progressing.reason === "LanesRunning" ? "Running" : "Starting";
};

const nothing = { reason: "", message: "" };

const noteOf = (status: SweepStatus, state: SweepState, ageSeconds: number): { reason: string; message: string } => {
  const said = (type: string): { reason: string; message: string } => {
    const { reason, message } = condition(status.conditions, type) ?? nothing;
    return { reason, message };
  };
  if (state === "New" && ageSeconds > unseenSeconds) {
    return { reason: "NotSeen", message: "no controller has looked at it yet: see kubectl get pods -n allot-system" };
  }
  // Also while the manifest accepted before goes on.
  if (condition(status.conditions, "Accepted")?.status === "False") return said("Accepted");
  if (state === "Suspended") return said("Suspended").reason === "Requested" ? nothing : said("Suspended");
  if (state === "Queued") return said("Progressing");
  return state === "Stalled" || state === "Failed" ? said(state) : nothing;
};

/** How a sweep ended, or why nothing comes of it until somebody does something; undefined while there is something to wait for. */
export const endOf = (object: SweepObject): { code: ExitCode; text: string } | undefined => {
  const { metadata, status = {} } = object;
  // What is said of an earlier manifest says nothing of this one.
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return undefined;
  const said = (type: string): string => condition(status.conditions, type)?.message ?? "";
  if (condition(status.conditions, "Accepted")?.status === "False") return { code: exitCodes.usage, text: `refused: ${said("Accepted")}` };
  if (isTrue(status, "Complete")) return { code: exitCodes.ok, text: `complete: ${said("Complete")}` };
  if (isTrue(status, "Failed")) return { code: exitCodes.difference, text: `stopped: ${said("Failed")}` };
  const suspended = condition(status.conditions, "Suspended");
  if (suspended?.status !== "True" || suspended.reason === "Requested") return undefined;
  return { code: exitCodes.failed, text: `suspended itself: ${suspended.message}; mend it, then: allot resume ${metadata.name}` };
};
