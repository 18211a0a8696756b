import type { SweepStatus } from "@allot/spec";
import { lanesOf } from "../lanes.ts";
import { finalizer } from "../names.ts";
import { decideJobs, endOf } from "./jobs.ts";
import type { Action, Decision, Observed } from "./observed.ts";
import { isTrue, statusOf, wasStopped } from "./status.ts";

/** How often (ms) something that is not well is looked at without being told. */
const troubledEvery = 5000;
/** A sweep that is deleted waits this long (ms) for its lanes to give their packs back and end. */
const drainMilliseconds = 120_000;

/** What to do next about a sweep, from what was seen alone. */
export const decide = (o: Observed): Decision => {
  if (o.object.metadata.deletionTimestamp !== undefined) return end(o);
  const finalizers: Action[] = o.object.metadata.finalizers?.includes(finalizer) ? [] : [{ do: "addFinalizer" }];
  if (o.accepted.unknown) return withStatus(o, { actions: finalizers, again: troubledEvery });
  if (!o.accepted.sweep) return withStatus(o, { actions: [...finalizers, ...(o.work ? [{ do: "closeWork" } as const] : [])] });
  if (isTrue(o.object.status, "Complete") && !o.work) return retire(o, finalizers);
  const opening: Action[] = o.work ? [] : [{ do: "openWork" }];
  if (o.work?.wrappedUp) return withStatus(o, { actions: [...finalizers, ...finish(o)] });
  const stopping = stop(o);
  const jobs = stopping.length > 0 || wasStopped(o) ? { actions: [] } : decideJobs(o);
  return withStatus(o, { again: troubledEvery, ...jobs, actions: [...finalizers, ...opening, ...stopping, ...jobs.actions] });
};

const withStatus = (o: Observed, decision: Omit<Decision, "status">): Decision => {
  // A new sweep's first status waits a moment for what its queue and store have to say.
  const early = o.object.status === undefined && o.accepted.sweep !== undefined && !o.work?.open && !o.work?.trouble;
  if (early) return { ...decision, status: undefined };
  const status = statusOf(o);
  return { ...decision, status, actions: [...decision.actions, ...changes(o, status)] };
};

/** Turns of conditions that people want to hear of, and how bad they are. */
const told: Readonly<Record<string, "Normal" | "Warning">> = {
  "Accepted False": "Warning",
  "Suspended True": "Normal",
  "Suspended False": "Normal",
  "Complete True": "Normal",
  "Failed True": "Warning",
  "Stalled True": "Warning",
};

/** Events for people where a condition turned, or says another reason. */
const changes = (o: Observed, status: SweepStatus): Action[] =>
  (status.conditions ?? []).flatMap(({ type, status: value, reason, message }): Action[] => {
    const level = told[`${type} ${value}`];
    const before = o.object.status?.conditions?.find((condition) => condition.type === type);
    const resumed = type === "Suspended" && value === "False";
    const same = before?.status === value && (before.reason === reason || resumed);
    if (level === undefined || same || (resumed && before === undefined)) return [];
    return [{ do: "event", type: level, reason: resumed ? "Resumed" : reason, message }];
  });

/** A sweep that makes no sense to go on with suspends itself; a person who resumes it, or raises the budget, has another go. */
const stop = (o: Observed): Action[] => {
  const { stopped } = o.work ?? {};
  if (!stopped) return [];
  if (stopped.reason === "budget") return wasStopped(o) ? [] : [{ do: "closeWork" }];
  if (o.accepted.sweep?.spec.suspend) return [{ do: "closeWork" }];
  return [{ do: "suspendSweep", why: { reason: "TrialsFailAlike", message: `${stopped.message}; look at the cause, then resume with: allot resume` } }];
};

/** All is sealed: lanes end by themselves; the queue goes when they have. */
const finish = (o: Observed): Action[] => {
  const current = o.jobs.at(-1);
  if (!current || endOf(current) !== undefined || current.spec.suspend) return [{ do: "drainWork" }, { do: "closeWork" }];
  const { present, running } = lanesOf(o.pods);
  // Lanes that only wait for a node have nothing left to come for.
  return present > 0 && running === 0 ? [{ do: "resizeJob", job: current.metadata.name, lanes: current.spec.completions, suspend: true }] : [];
};

/** A sweep that ended is removed when its time is up; its results stay. */
const retire = (o: Observed, actions: Action[]): Decision => {
  const ttl = o.accepted.sweep?.spec.ttlSecondsAfterFinished;
  const ended = o.object.status?.completionTime;
  if (ttl === undefined || ended === undefined) return withStatus(o, { actions });
  const left = Date.parse(ended) + ttl * 1000 - o.now;
  return left <= 0 ? withStatus(o, { actions: [{ do: "deleteSweep" }] }) : withStatus(o, { actions, again: left });
};

/** A deleted sweep: no lane is left behind, what they sealed is counted, the queue goes, the results stay. */
const end = (o: Observed): Decision => {
  if (!o.object.metadata.finalizers?.includes(finalizer)) return { actions: o.work ? [{ do: "closeWork" }] : [], status: undefined };
  const late = o.now - Date.parse(o.object.metadata.deletionTimestamp ?? "") > drainMilliseconds;
  const deletions: Action[] = o.jobs
    .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
    .map(({ metadata }) => ({ do: "deleteJob", job: metadata.name }));
  if ((o.jobs.length > 0 || o.pods.length > 0) && !late) return { actions: deletions, status: undefined, again: 1000 };
  const drain: Action[] = late || !o.accepted.sweep ? [] : [{ do: "drainWork" }];
  // Closed first: work that heals itself would make the queue again.
  return { actions: [{ do: "closeWork" }, ...drain, { do: "removeFinalizer" }], status: undefined };
};
