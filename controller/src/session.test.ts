import { type FailureClass, type Outcome, seal } from "@allot/ledger";
import { systemClock } from "@allot/runtime";
import { Sweep } from "@allot/spec";
import { memoryStore } from "@allot/store";
import { inProcessTransport } from "@allot/transport";
import { describe, expect, it } from "vitest";
import { allowedFailures } from "./budget.ts";
import { openCourse } from "./course.ts";
import { Feed } from "./feed.ts";
import { Session, type SessionOptions } from "./session.ts";

const { signal } = new AbortController();
/** 60 trials, which are 3 packs. */
const sweep = Sweep.parse({
  apiVersion: "allot.dev/v1alpha1",
  kind: "Sweep",
  metadata: { name: "test" },
  spec: {
    objective: { metric: "validation.loss", direction: "minimize" },
    trainer: { study: { data: { kind: "sleep" } } },
    parameters: [{ name: "data.seconds", linspace: { from: 0, to: 1, count: 60 } }],
  },
});

const outcome = (trial: number, failure?: FailureClass): Outcome => ({
  trial,
  replicate: 0,
  arm: trial,
  identity: String(trial).padStart(64, "0"),
  labels: { trial },
  state: failure === undefined ? "Succeeded" : "Failed",
  ...(failure === undefined ? {} : { failure, message: "no luck" }),
  metrics: {},
  measured: {},
  engine: "wasm",
});

/** Seals packs as lanes would and lets a session hear of it. */
const sealedBy = async (
  packs: (FailureClass | undefined)[],
  o: Partial<SessionOptions> = {},
): Promise<{ session: Session; control: string; total: number; complete: boolean }> => {
  const store = memoryStore();
  const transport = inProcessTransport({ clock: systemClock, leaseMilliseconds: 60_000 });
  const course = await openCourse({ store, sweep, packs: { lanes: 1, trialsPerPack: 20 }, signal });
  const feed = new Feed({ transport, course, sweep: "test", window: 1 });
  const session = new Session({ transport, course, feed, infrastructureRetries: 1, failedTrials: undefined, guardStart: true, ...o });
  await feed.supply({ signal });
  const ended = new AbortController();
  const listening = session.listen({ signal: ended.signal });
  for (const failure of packs) {
    const lease = await transport.lease("lane-0", { signal });
    if (lease === "closed") throw new Error("closed");
    const { pack, name, first, last } = lease.message;
    const about = { lane: "lane-0", pack, delivery: 1 };
    await transport.events.publish({ ...about, kind: "started" });
    const outcomes = Array.from({ length: last - first + 1 }, (_, row) => outcome(first + row, failure));
    const provenance = { allot: "0", lockfile: "", manifest: "", data: {}, engine: { name: "wasm", version: "0", numerics: 1 }, host: {} };
    await seal(
      store,
      { pack, name, first, last, outcomes, measurements: { trial: [], metric: [], step: [], value: [] }, provenance, attempt: { lane: "lane-0", delivery: 1 } },
      { signal },
    );
    await transport.events.publish({ ...about, kind: "sealed" });
    await lease.ack();
    while (!course.ledger.sealed(pack)) await systemClock.sleep(1, { signal });
    await systemClock.sleep(1, { signal });
  }
  ended.abort();
  await listening;
  const counts = session.counts();
  return { session, control: transport.control.get(), complete: course.complete, total: Object.values(counts).reduce((sum, count) => sum + count, 0) };
};

describe("a session", () => {
  it("hands out the next pack when one is sealed, and is complete after the last", async () => {
    const { session, control, total, complete } = await sealedBy([undefined, undefined, undefined]);
    expect(session.counts()).toEqual({ Pending: 0, Running: 0, Succeeded: 60, Pruned: 0, Failed: 0 });
    expect(complete).toBe(true);
    expect({ control, total, stopped: session.stopped }).toEqual({ control: "run", total: 60, stopped: undefined });
  });

  it("stops when the first trials all fail the same way, and says how", async () => {
    const { session, control } = await sealedBy(["internal"]);
    expect(session.stopped).toEqual({ reason: "error", message: "the first 20 trials all failed the same way: internal: no luck" });
    expect(control).toBe("stop");
  });

  it.each([
    ["one of them succeeds", [undefined, "internal"] as const, {}],
    ["they diverge, which is a result", ["diverged"] as const, {}],
    ["it was told to go on", ["internal"] as const, { guardStart: false }],
  ])("goes on when %s", async (_, packs, options) => {
    const { session, control } = await sealedBy([...packs], options);
    expect(session.stopped).toBeUndefined();
    expect(control).toBe("run");
  });

  it("stops beyond the failures that the budget allows", async () => {
    const { session, control } = await sealedBy([undefined, "diverged"], { failedTrials: 19 });
    expect(session.stopped).toEqual({ reason: "budget", message: "20 trials failed, budget.failedTrials allows 19" });
    expect(control).toBe("stop");
  });
});

describe("budget.failedTrials", () => {
  it.each([
    [undefined, 200],
    [7, 7],
    ["5%", 10],
    ["0.1%", 0],
  ])("%s of 200 trials is %s", (budget, want) => expect(allowedFailures(budget, 200)).toBe(want));
});
