import { describe, expect, it } from "vitest";
import { generationLabel, templateAnnotation } from "../names.ts";
import { counts, defaults, jobOf, now, objectOf, observed, openWork, podWith, sweepWith } from "../testing/sweeps.ts";
import { decide } from "./decide.ts";
import type { Decision, Observed } from "./observed.ts";

const condition = ({ status }: Decision, type: string) => status?.conditions?.find((one) => one.type === type);
/** Without the events, which are for people. */
const actions = (o: Observed) => decide(o).actions.filter((action) => action.do !== "event");
const running = podWith({ phase: "Running" });
const stamp = (milliseconds: number): string => new Date(milliseconds).toISOString();

describe("a new sweep", () => {
  it("gets its finalizer and its queue first, and its lanes once the queue is open", () => {
    const sweep = sweepWith();
    const { work: _none, ...before } = observed(sweep, { object: objectOf(sweep, { metadata: { finalizers: [] } }) });
    expect(actions(before)).toEqual([{ do: "addFinalizer" }, { do: "openWork" }]);
    expect(actions(observed(sweep, { work: { ...openWork, open: false } }))).toEqual([]);
    expect(actions(observed(sweep))).toEqual([{ do: "createJob", generation: 1, lanes: 4, suspend: false }]);
  });

  it("never has more lanes than packs", () => {
    const sweep = sweepWith({ execution: { lanes: 64 } });
    expect(actions(observed(sweep, { work: { ...openWork, packs: 3 } }))).toEqual([{ do: "createJob", generation: 1, lanes: 3, suspend: false }]);
  });

  it("that is refused is told so and gets nothing", () => {
    const sweep = sweepWith();
    const { work: _none, ...o } = observed(sweep, { accepted: { refused: { reason: "Invalid", message: "spec.parameters: no" } } });
    expect(actions(o)).toEqual([]);
    expect(condition(decide(o), "Accepted")).toMatchObject({ status: "False", reason: "Invalid", message: "spec.parameters: no" });
    expect(condition(decide(o), "Stalled")).toMatchObject({ status: "True" });
    expect(decide(o).status).not.toHaveProperty("startTime");
    expect(decide(o).actions).toContainEqual({ do: "event", type: "Warning", reason: "Invalid", message: "spec.parameters: no" });
  });

  it("that is refused after it was accepted goes on with the last accepted manifest", () => {
    const sweep = sweepWith();
    const o = observed(sweep, { accepted: { sweep, refused: { reason: "Immutable", message: "no" } } });
    expect(actions(o)).toEqual([{ do: "createJob", generation: 1, lanes: 4, suspend: false }]);
    expect(condition(decide(o), "Accepted")).toMatchObject({ status: "False", message: "no; the last accepted manifest goes on" });
  });
});

describe("lanes", () => {
  const sweep = sweepWith();

  it("are left alone while all is as asked for", () => {
    const o = observed(sweep, { jobs: [jobOf(sweep)], pods: [running] });
    expect(actions(o)).toEqual([]);
    expect(condition(decide(o), "Progressing")).toMatchObject({ status: "True", reason: "LanesRunning" });
    expect(condition(decide(o), "Reconciling")).toMatchObject({ status: "True" });
    expect(decide(o).status).toMatchObject({ progress: "0/400", lanes: { wanted: 4, active: 1, generation: 1 }, startTime: "2026-01-02T03:04:05Z" });
  });

  it.each([
    [64, 16],
    [16, 96],
  ])("are scaled from %i to %i in one write", (from, to) => {
    const scaled = sweepWith({ execution: { lanes: to } });
    expect(actions(observed(scaled, { jobs: [jobOf(scaled, { lanes: from })] }))).toEqual([{ do: "resizeJob", job: "demo-1", lanes: to, suspend: false }]);
  });

  it("go when the sweep is suspended, and come back", () => {
    const suspended = sweepWith({ suspend: true });
    const o = observed(suspended, { jobs: [jobOf(suspended)], pods: [running] });
    expect(actions(o)).toEqual([{ do: "resizeJob", job: "demo-1", lanes: 4, suspend: true }]);
    expect(condition(decide(o), "Suspended")).toMatchObject({ status: "True", reason: "Requested" });
    expect(decide(o).status?.lanes?.wanted).toBe(0);
    expect(actions(observed(sweep, { jobs: [jobOf(sweep, { suspend: true })] }))).toEqual([{ do: "resizeJob", job: "demo-1", lanes: 4, suspend: false }]);
    expect(actions(observed(suspended))).toEqual([]);
  });

  it("get a new Job when their template is another", () => {
    const mended = sweepWith({ execution: { image: "allot/worker:mended" } });
    expect(actions(observed(mended, { jobs: [jobOf(sweep)] }))).toEqual([{ do: "deleteJob", job: "demo-1" }]);
  });

  it("are followed by others, with a growing delay, when their Job ended too early", () => {
    const ended = (generation: number, at: number) =>
      jobOf(sweep, { generation, status: { conditions: [{ type: "Failed", status: "True", reason: "PodFailurePolicy", lastTransitionTime: stamp(at) }] } });
    expect(decide(observed(sweep, { jobs: [ended(1, now - 1000)] }))).toMatchObject({ again: 4000 });
    expect(actions(observed(sweep, { jobs: [ended(1, now - 6000)] }))).toEqual([{ do: "createJob", generation: 2, lanes: 4, suspend: false }]);
    expect(decide(observed(sweep, { jobs: [ended(1, now - 60_000), ended(2, now - 6000)] }))).toMatchObject({ again: 4000 });
    const mended = sweepWith({ execution: { image: "allot/worker:mended" } });
    expect(actions(observed(mended, { jobs: [ended(1, now - 1000)] }))).toEqual([{ do: "createJob", generation: 2, lanes: 4, suspend: false }]);
  });

  it("are numbered on after the Jobs before have been cleaned up", () => {
    const object = objectOf(sweep, { status: { lanes: { wanted: 4, active: 0, generation: 7 } } });
    expect(actions(observed(sweep, { object }))).toEqual([{ do: "createJob", generation: 8, lanes: 4, suspend: false }]);
  });
});

describe("under Kueue", () => {
  const labels = { "kueue.x-k8s.io/queue-name": "gpus" };
  const queued = sweepWith({}, labels);
  const workload = { apiVersion: "kueue.x-k8s.io/v1beta2", kind: "Workload", metadata: { name: "job-demo-1", namespace: "lab" }, spec: { active: true } };

  it("a Job is made suspended, and whether it stays so is Kueue's to say", () => {
    expect(actions(observed(queued))).toEqual([{ do: "createJob", generation: 1, lanes: 4, suspend: true }]);
    expect(jobOf(queued).metadata.labels).toMatchObject(labels);
    for (const suspend of [true, false]) expect(actions(observed(queued, { jobs: [jobOf(queued, { suspend })], workload }))).toEqual([]);
  });

  it("a person's suspend is said to the Workload", () => {
    const suspended = sweepWith({ suspend: true }, labels);
    expect(actions(observed(suspended, { jobs: [jobOf(suspended)], workload }))).toEqual([{ do: "activateWorkload", workload: "job-demo-1", active: false }]);
    const inactive = { ...workload, spec: { active: false } };
    expect(actions(observed(queued, { jobs: [jobOf(queued, { suspend: true })], workload: inactive }))).toEqual([
      { do: "activateWorkload", workload: "job-demo-1", active: true },
    ]);
  });

  it("another size sends the Job back to the queue", () => {
    const scaled = sweepWith({ execution: { lanes: 8 } }, labels);
    expect(actions(observed(scaled, { jobs: [jobOf(scaled, { lanes: 4 })], workload }))).toEqual([{ do: "resizeJob", job: "demo-1", lanes: 8, suspend: true }]);
  });

  it("the Workload's reason for waiting is in our condition", () => {
    const waiting = {
      ...workload,
      status: { conditions: [{ type: "QuotaReserved", status: "False", reason: "Pending", message: "insufficient quota for nvidia.com/gpu" }] },
    };
    const decision = decide(observed(queued, { jobs: [jobOf(queued, { suspend: true })], workload: waiting }));
    expect(condition(decision, "Progressing")).toMatchObject({ reason: "WaitingForQuota", message: "Kueue: insufficient quota for nvidia.com/gpu" });
    expect(decision.status?.queue).toBe("gpus");
  });
});

const waitingPod = (reason: string) => podWith({ phase: "Pending", containerStatuses: [{ name: "lane", state: { waiting: { reason, message: "m" } } }] });
const ended = (exitCode: number, message: string) =>
  podWith({ phase: "Failed", containerStatuses: [{ name: "lane", state: { terminated: { exitCode, message } } }] });

describe("trouble", () => {
  const sweep = sweepWith();
  const jobs = [jobOf(sweep)];
  it.each([
    ["StoreUnreachable", { work: { ...openWork, open: false, trouble: { reason: "StoreUnreachable", message: "no answer" } } }, "no answer"],
    ["LanesRefused", { jobs, podsRefused: "exceeded quota: gpus" }, "exceeded quota: gpus"],
    ["ImagePullFailed", { jobs, pods: [waitingPod("ErrImagePull")] }, "execution.image"],
    ["LaneNotStarted", { jobs, pods: [waitingPod("CreateContainerConfigError")] }, "execution.template"],
    ["LaneMisconfigured", { jobs, pods: [ended(78, "data not found")] }, "data not found"],
    ["GpuUnused", { jobs, pods: [ended(78, "gpuUnused: TensorFlow computes on the CPU")] }, "on the CPU"],
    ["GpuUnavailable", { jobs, pods: [ended(78, "gpuUnavailable: the lane sees none")] }, "sees none"],
    ["LanesFailing", { jobs, pods: [ended(1, "TypeError: x\n  at y"), podWith({ phase: "Pending" })] }, "exit code 1 (TypeError: x)"],
    ["LaneTemplateBroken", { defaults: { ...defaults, trouble: { reason: "LaneTemplateBroken", message: "correct it" } } }, "correct it"],
    ["JobRefused", { jobRefused: { message: "spec.template: Invalid value", times: 1, at: now, template: "" } }, "spec.template: Invalid value"],
    ["StoreUnreachable", { accepted: { unknown: { reason: "StoreUnreachable", message: "no answer" } } }, "no answer"],
    [
      "LanesUnschedulable",
      { jobs, pods: [podWith({ phase: "Pending", conditions: [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message: "0/8 nodes" }] })] },
      "0/8 nodes",
    ],
  ])("%s is said with its reason and what would mend it", (reason, more: Partial<Observed>, says) => {
    const decision = decide(observed(sweep, more));
    for (const type of ["Stalled", "Progressing"]) expect(condition(decision, type)).toMatchObject({ reason });
    expect(condition(decision, "Stalled")).toMatchObject({ status: "True" });
    expect(condition(decision, "Stalled")?.message).toContain(says);
    expect(decision.actions).toContainEqual(expect.objectContaining({ do: "event", type: "Warning", reason }));
    expect(decision.again).toBeLessThanOrEqual(5000);
  });

  it("with a Job that is refused is tried again with a growing delay, and at once when its template is mended", () => {
    const template = jobs[0]?.metadata.annotations?.[templateAnnotation] ?? "";
    const refused = (times: number) => decide(observed(sweep, { jobRefused: { message: "no", times, at: now, template } }));
    expect([1, 2, 9].map((times) => refused(times).again)).toEqual([5000, 10_000, 60_000]);
    expect(refused(1).actions).not.toContainEqual(expect.objectContaining({ do: "createJob" }));
    expect(actions(observed(sweep, { jobRefused: { message: "no", times: 9, at: now, template: "another" } }))).toEqual([
      { do: "createJob", generation: 1, lanes: 4, suspend: false },
    ]);
  });

  it("with the install's lane template leaves lanes alone that are there, and makes none", () => {
    const broken = { ...defaults, trouble: { reason: "LaneTemplateBroken", message: "correct it" } };
    expect(actions(observed(sweep, { defaults: broken }))).toEqual([]);
    const there = observed(sweep, { defaults: broken, jobs, pods: [running] });
    expect(actions(there)).toEqual([]);
    expect(condition(decide(there), "Stalled")).toMatchObject({ status: "False" });
  });

  it("in reading what was accepted before lets nothing begin", () => {
    const { work: _none, ...o } = observed(sweep, { accepted: { unknown: { reason: "StoreUnreachable", message: "no answer" } } });
    expect(actions(o)).toEqual([]);
    expect(condition(decide(o), "Accepted")).toMatchObject({ status: "Unknown", reason: "StoreUnreachable" });
  });

  it("is none of a lane that was evicted", () => {
    const evicted = podWith({ ...ended(137, "").status, conditions: [{ type: "DisruptionTarget", status: "True" }] });
    expect(condition(decide(observed(sweep, { jobs, pods: [evicted] })), "Stalled")).toMatchObject({ status: "False" });
  });

  it("of one lane is none while another works", () => {
    expect(condition(decide(observed(sweep, { jobs, pods: [ended(78, "data not found"), running] })), "Stalled")).toMatchObject({ status: "False" });
  });
});

describe("the end", () => {
  const sweep = sweepWith();
  const allEnded = { ...openWork, counts: { ...counts, Pending: 0, Succeeded: 399, Failed: 1 }, wrappedUp: true };
  const finished = jobOf(sweep, { status: { conditions: [{ type: "Complete", status: "True", lastTransitionTime: stamp(now) }] } });

  it("is Complete with all counted, and the queue goes once the lanes have", () => {
    const o = observed(sweep, { work: allEnded, jobs: [jobOf(sweep)], pods: [running] });
    expect(actions(o)).toEqual([]);
    const waiting = podWith({ phase: "Pending" });
    expect(actions({ ...o, pods: [waiting] })).toEqual([{ do: "resizeJob", job: "demo-1", lanes: 4, suspend: true }]);
    expect(condition(decide(o), "Complete")).toMatchObject({ status: "True", message: "399 trials succeeded, 0 were pruned, 1 failed" });
    expect(decide(o).status).toMatchObject({ progress: "400/400", completionTime: "2026-01-02T03:04:05Z", lanes: { wanted: 0 } });
    expect(condition(decide(o), "Reconciling")).toMatchObject({ status: "False" });
    expect(actions(observed(sweep, { work: allEnded, jobs: [finished] }))).toEqual([{ do: "drainWork" }, { do: "closeWork" }]);
  });

  it("stays Complete without any work, and makes no Job again", () => {
    const { status } = decide(observed(sweep, { work: allEnded, jobs: [finished] }));
    const { work: _none, ...later } = observed(sweep, { object: objectOf(sweep, { status: status ?? {} }), jobs: [] });
    expect(actions(later)).toEqual([]);
    expect(condition(decide(later), "Complete")).toMatchObject({ status: "True" });
  });

  it("stays Complete while it can't be read what was accepted before", () => {
    const { status } = decide(observed(sweep, { work: allEnded, jobs: [finished] }));
    const accepted = { unknown: { reason: "StoreUnreachable", message: "no answer" } };
    const { work: _none, ...later } = observed(sweep, { object: objectOf(sweep, { status: status ?? {} }), accepted });
    expect(condition(decide(later), "Complete")).toMatchObject({ status: "True" });
  });

  it("is followed by the sweep's removal when its time is up", () => {
    const short = sweepWith({ ttlSecondsAfterFinished: 60 });
    const { status } = decide(observed(short, { work: allEnded, jobs: [finished] }));
    const { work: _none, ...at } = observed(short, { object: objectOf(short, { status: status ?? {} }) });
    expect(decide({ ...at, now: now + 10_000 })).toMatchObject({ again: 50_000 });
    expect(actions({ ...at, now: now + 60_000 })).toEqual([{ do: "deleteSweep" }]);
  });

  it("comes early when more trials failed than the budget allows, until it is raised", () => {
    const tight = sweepWith({ budget: { failedTrials: 3 } });
    const work = { ...openWork, counts: { ...counts, Pending: 396, Failed: 4 }, stopped: { reason: "budget", message: "4 failed" } as const };
    const decision = decide(observed(tight, { work }));
    expect(decision.actions.filter((action) => action.do === "createJob")).toEqual([]);
    expect(condition(decision, "Failed")).toMatchObject({ status: "True", reason: "FailedTrialsBudget" });
    expect(actions(observed(sweepWith({ budget: { failedTrials: 30 } }), { work }))).toEqual([{ do: "closeWork" }]);
  });

  it("of the first trials in the same way suspends the sweep, which a person may resume", () => {
    const work = { ...openWork, stopped: { reason: "error", message: "all failed" } as const };
    const [action] = actions(observed(sweep, { work }));
    expect(action).toMatchObject({ do: "suspendSweep", why: { reason: "TrialsFailAlike" } });
    expect(actions(observed(sweepWith({ suspend: true }), { work }))).toEqual([{ do: "closeWork" }]);
  });
});

describe("a deleted sweep", () => {
  const sweep = sweepWith();
  const object = objectOf(sweep, { metadata: { deletionTimestamp: stamp(now - 5000) } });

  it("loses its lanes, then its queue, then its finalizer, and keeps its results", () => {
    expect(decide(observed(sweep, { object, jobs: [jobOf(sweep)], pods: [running] })).actions).toEqual([{ do: "deleteJob", job: "demo-1" }]);
    expect(decide(observed(sweep, { object, pods: [running] })).actions).toEqual([]);
    expect(decide(observed(sweep, { object })).actions).toEqual([{ do: "closeWork" }, { do: "drainWork" }, { do: "removeFinalizer" }]);
  });

  it("does not wait for ever for lanes that don't go, nor for a broker", () => {
    const late = objectOf(sweep, { metadata: { deletionTimestamp: stamp(now - 200_000) } });
    expect(decide(observed(sweep, { object: late, pods: [running] })).actions).toEqual([{ do: "closeWork" }, { do: "removeFinalizer" }]);
  });
});

it("a Job says which of the sweep's it is", () => {
  expect(jobOf(sweepWith(), { generation: 3 }).metadata).toMatchObject({ name: "demo-3", labels: { [generationLabel]: "3" } });
});
