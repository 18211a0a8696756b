import { type Condition, setCondition } from "@allot/kube";
import type { SweepStatus } from "@allot/spec";
import { allowedFailures } from "../budget.ts";
import { type Counts, endedOf } from "../counts.ts";
import { lanesOf, type Trouble } from "../lanes.ts";
import { queueLabel } from "../names.ts";
import { present } from "../present.ts";
import type { Best } from "../work/facts.ts";
import { generationOf, wantedLanes } from "./jobs.ts";
import type { Observed } from "./observed.ts";
import { laneTrouble } from "./trouble.ts";

type Conditions = NonNullable<SweepStatus["conditions"]>;

export const isTrue = (status: SweepStatus | undefined, type: string): boolean =>
  status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;

/** Whether more trials failed than the budget allows: nothing more is trained until it is raised. */
export const wasStopped = ({ work, accepted }: Observed): boolean => {
  if (!work?.counts) return false;
  return work.counts.Failed > allowedFailures(accepted.sweep?.spec.budget.failedTrials, work.total);
};

interface Said {
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
}

/** The status of a sweep: O(1) in the number of trials. What is not known now stays as it was. */
export const statusOf = (o: Observed): SweepStatus => {
  const before = o.object.status ?? {};
  const { sweep } = o.accepted;
  const conditions = conditionsOf(o);
  const ended = isTrue({ conditions }, "Complete") || isTrue({ conditions }, "Failed");
  const stamp = new Date(o.now).toISOString().replace(/\.\d+Z$/, "Z");
  const { estimatedCompletionTime: _estimate, completionTime, ...kept } = before;
  const fresh = present({
    lanes: sweep && lanesStatus(o, ended),
    stage: o.work?.stage,
    best: o.work?.best && { ...o.work.best, text: bestText(o.work.best) },
    engine: o.work?.engine,
    results: o.work?.results,
    completionTime: ended ? (completionTime ?? stamp) : undefined,
    // From here on the API server refuses changes of what decides results; a manifest that was never accepted can still be mended.
    startTime: before.startTime ?? (sweep && stamp),
    queue: sweep?.metadata.labels[queueLabel],
  });
  const observedGeneration = o.object.metadata.generation ?? 0;
  return { ...kept, ...fresh, ...trialsStatus(o), ...estimate(o, ended), observedGeneration, conditions, reason: mainReason(conditions) };
};

/** Of the condition that matters most: what keeps a sweep from going on, else how it goes on. */
const mainReason = (conditions: Conditions): string => {
  const reasonOf = (type: string): string | undefined => conditions.find((one) => one.type === type)?.reason;
  return (isTrue({ conditions }, "Stalled") ? reasonOf("Stalled") : reasonOf("Progressing")) ?? "";
};

const bestText = ({ mean, halfWidth }: Best): string =>
  `${Number(mean.toPrecision(4))}${halfWidth === undefined ? "" : ` ±${Number(halfWidth.toPrecision(2))}`}`;

const lanesStatus = (o: Observed, ended: boolean): NonNullable<SweepStatus["lanes"]> => ({
  wanted: ended || o.accepted.sweep?.spec.suspend ? 0 : wantedLanes(o),
  active: lanesOf(o.pods).running,
  generation: Math.max(o.object.status?.lanes?.generation ?? 0, ...o.jobs.map(generationOf)),
});

const trialsStatus = ({ work }: Observed): Pick<SweepStatus, "trials" | "progress"> => {
  if (!work?.counts) return {};
  const { Pending, Running, Succeeded, Pruned, Failed } = work.counts;
  return {
    trials: { total: work.total, pending: Pending, running: Running, succeeded: Succeeded, pruned: Pruned, failed: Failed, dropped: work.dropped },
    progress: `${endedOf(work.counts)}/${work.total}`,
  };
};

const estimate = ({ work, now }: Observed, ended: boolean): Pick<SweepStatus, "estimatedCompletionTime"> => {
  if (ended || !work?.counts || work.rate <= 0) return {};
  const left = work.total - endedOf(work.counts);
  return { estimatedCompletionTime: new Date(now + (left / work.rate) * 1000).toISOString().replace(/\.\d+Z$/, "Z") };
};

const conditionsOf = (o: Observed): Conditions => {
  const said: Record<string, Said> = { Accepted: accepted(o), ...progress(o) };
  let conditions: readonly Condition[] = o.object.status?.conditions ?? [];
  for (const [type, { status, reason, message }] of Object.entries(said)) {
    conditions = setCondition(conditions, { type, status, reason, message, observedGeneration: o.object.metadata.generation ?? 0 }, o.now);
  }
  return [...conditions];
};

const accepted = ({ accepted: { refused, sweep, unknown } }: Observed): Said => {
  if (unknown) return { status: "Unknown", reason: unknown.reason, message: `what was accepted before can't be read: ${unknown.message}` };
  if (!refused) return { status: "True", reason: "Valid", message: "the manifest is accepted" };
  const going = sweep ? "; the last accepted manifest goes on" : "";
  return { status: "False", reason: refused.reason, message: `${refused.message}${going}` };
};

const no = (reason: string, message = ""): Said => ({ status: "False", reason, message });
const yes = (reason: string, message = ""): Said => ({ status: "True", reason, message });

/** Where a sweep stands: exactly one of these is so. */
const progress = (o: Observed): Record<"Progressing" | "Suspended" | "Complete" | "Failed" | "Reconciling" | "Stalled", Said> => {
  const { sweep, refused, unknown } = o.accepted;
  const calm = {
    Progressing: no("NotStarted"),
    Suspended: no("NotAsked"),
    Complete: no("TrialsPending"),
    Failed: no("None"),
    Reconciling: no("Settled"),
    Stalled: no("None"),
  };
  if (o.work?.wrappedUp || (isTrue(o.object.status, "Complete") && !o.work)) {
    return { ...calm, Progressing: no("Complete"), Complete: yes("AllTrialsEnded", summary(o.work?.counts, o.object.status)) };
  }
  if (unknown) return { ...calm, Progressing: no(unknown.reason, unknown.message), Stalled: yes(unknown.reason, unknown.message) };
  if (!sweep) return { ...calm, Stalled: yes("ManifestRefused", refused?.message) };
  if (wasStopped(o)) return { ...calm, Progressing: no("Failed"), Failed: yes("FailedTrialsBudget", budgetMessage(o)) };
  if (sweep.spec.suspend) return { ...calm, Progressing: no("Suspended"), Suspended: suspended(o) };
  const trouble = laneTrouble(o);
  if (trouble) {
    const stuck = { Progressing: no(trouble.reason, trouble.message), Stalled: yes(trouble.reason, trouble.message) };
    return { ...calm, ...stuck, Complete: no("TrialsPending"), Reconciling: yes(trouble.reason, "it goes on by itself once this is mended") };
  }
  return { ...calm, Progressing: underway(o), Reconciling: yes("TrialsPending", "trials are pending") };
};

const underway = (o: Observed): Said => {
  const { running } = lanesOf(o.pods);
  if (running > 0) return yes("LanesRunning", "lanes are training");
  const waiting = o.workload?.status?.conditions?.find(({ type }) => type === "QuotaReserved");
  if (waiting && waiting.status !== "True") return yes("WaitingForQuota", `Kueue: ${waiting.message ?? waiting.reason ?? "not admitted yet"}`);
  return yes("LanesStarting", "lanes are being started");
};

/** A reason that the controller gave when it suspended the sweep itself stays until it is resumed. */
const suspended = ({ object }: Observed): Said => {
  const before = object.status?.conditions?.find(({ type }) => type === "Suspended");
  const own: Trouble | undefined =
    before?.status === "True" && before.reason !== "Requested" ? { reason: before.reason ?? "", message: before.message ?? "" } : undefined;
  return own ? yes(own.reason, own.message) : yes("Requested", "suspended by spec.suspend; nothing that was sealed is lost");
};

const summary = (counts: Counts | undefined, status: SweepStatus | undefined): string => {
  const before = status?.conditions?.find(({ type }) => type === "Complete")?.message;
  if (!counts) return before ?? "";
  return `${counts.Succeeded} trials succeeded, ${counts.Pruned} were pruned, ${counts.Failed} failed`;
};

const budgetMessage = ({ work, accepted: { sweep } }: Observed): string =>
  `${work?.counts?.Failed ?? 0} trials failed, spec.budget.failedTrials allows ${String(sweep?.spec.budget.failedTrials)}: raise it to go on`;
