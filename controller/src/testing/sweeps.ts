import { checkSweep, issueText, type Sweep } from "@allot/spec";
import type { Observed } from "../decide/observed.ts";
import { laneJob } from "../job/job.ts";
import type { Job, Metadata, Pod, SweepObject } from "../objects.ts";
import type { WorkFacts } from "../work/facts.ts";

type Spec = Readonly<Record<string, unknown>>;

const study = { data: { kind: "sleep", seconds: 0 } };

/** A sweep that does nothing, with what a test adds to its spec. */
export const sweepWith = (spec: Spec = {}, labels: Readonly<Record<string, string>> = {}): Sweep => {
  const whole = {
    objective: { metric: "validation.value", direction: "maximize" },
    trainer: { study },
    parameters: [{ name: "arm", path: "seeds.order", values: [1, 2, 3, 4] }],
    replicates: { count: 100 },
    ...spec,
  };
  const checked = checkSweep({ apiVersion: "allot.dev/v1alpha1", kind: "Sweep", metadata: { name: "demo", namespace: "lab", labels }, spec: whole });
  if ("sweep" in checked) return checked.sweep;
  throw new Error(checked.issues.map(issueText).join("\n"));
};

export const owner: Metadata = { name: "demo", namespace: "lab", uid: "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0", generation: 1, finalizers: ["allot.dev/drain"] };

export const objectOf = (sweep: Sweep, more: Partial<Omit<SweepObject, "metadata">> & { metadata?: Partial<Metadata> } = {}): SweepObject => ({
  apiVersion: sweep.apiVersion,
  kind: sweep.kind,
  spec: sweep.spec,
  ...more,
  metadata: { ...owner, ...more.metadata },
});

export const defaults = { image: "allot/worker:0.1.0", template: {}, lanes: 4 };

export const counts = { Pending: 400, Running: 0, Succeeded: 0, Pruned: 0, Failed: 0 };
export const openWork: WorkFacts = { total: 400, dropped: 0, packs: 100, open: true, counts, rate: 0, steps: 0, wrappedUp: false };

export const now = Date.parse("2026-01-02T03:04:05Z");

/** A sweep that waits for its first Job, but for what a test says. */
export const observed = (sweep: Sweep, more: Partial<Observed> = {}): Observed => ({
  object: objectOf(sweep),
  accepted: { sweep },
  jobs: [],
  pods: [],
  work: openWork,
  defaults,
  now,
  ...more,
});

/** The sweep's Job as the controller made it. */
export const jobOf = (
  sweep: Sweep,
  { generation = 1, lanes = 4, suspend = false, status = {} }: { generation?: number; lanes?: number; suspend?: boolean; status?: Job["status"] } = {},
): Job => ({
  ...laneJob({ sweep, owner, generation, lanes, suspend, defaults }),
  ...(status ? { status } : {}),
});

/** A lane's pod in some state. */
export const podWith = (status: Pod["status"]): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "demo-1-0-abcde", namespace: "lab" },
  ...(status ? { status } : {}),
});
