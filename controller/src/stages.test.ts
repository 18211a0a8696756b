import { type Outcome, openLedger } from "@allot/ledger";
import { systemClock, TaskGroup } from "@allot/runtime";
import type { Decision } from "@allot/stages";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SweepObject } from "./objects.ts";
import { Cluster, type Running } from "./testing/cluster.ts";

const { signal } = new AbortController();
let cluster: Cluster;
let controller: Running;

beforeAll(async () => {
  cluster = await Cluster.start();
  controller = await cluster.startController();
});
afterAll(async () => cluster?.stop());

/** 6 arms × 4 replicates, then the best two and the baseline, which is none of them, for longer. */
const stagedSweep = (name: string, rates = [0.0001, 0.001, 0.01, 0.03, 0.1, 1]) => ({
  apiVersion: "allot.dev/v1alpha1",
  kind: "Sweep",
  metadata: { name, namespace: "default" },
  spec: {
    objective: { metric: "validation.loss", direction: "minimize" },
    trainer: {
      study: {
        data: { kind: "feedForwardTeacher" },
        model: { kind: "mlp", inputs: 10, outputs: 3, hidden: [32] },
        optimizer: { kind: "adam", learningRate: 0.01, steps: 1, batch: 20 },
      },
    },
    parameters: [{ name: "optimizer.learningRate", values: rates }],
    baseline: { "optimizer.learningRate": rates.at(-1) },
    replicates: { count: 4 },
    stages: [
      { name: "pilot", set: { "optimizer.steps": 20_000 }, keep: { top: 2 } },
      { name: "full", set: { "optimizer.steps": 24_000 } },
    ],
    execution: { lanes: 1 },
  },
});

const decisionOf = async (name: string): Promise<Decision> => {
  const bytes = await (await cluster.store(name)).get("stages/1.json", { signal });
  return JSON.parse(new TextDecoder().decode(bytes)) as Decision;
};

const outcomesOf = async (name: string): Promise<Outcome[]> => {
  const outcomes: Outcome[] = [];
  for await (const outcome of (await openLedger(await cluster.store(name), { trials: 36, signal })).outcomes({ signal })) outcomes.push(outcome);
  return outcomes;
};

const meansOf = (outcomes: readonly Outcome[]): number[] =>
  [0, 1, 2, 3, 4, 5].map((arm) =>
    outcomes.filter((one) => one.stage === "pilot" && one.arm === arm).reduce((sum, { metrics }) => sum + metrics["validation.loss"]! / 4, 0),
  );

const summed = ({ status }: SweepObject): number => {
  const { pending = 0, running = 0, succeeded = 0, pruned = 0, failed = 0 } = status?.trials ?? {};
  return pending + running + succeeded + pruned + failed;
};

describe("a sweep with stages", () => {
  it("trains the arms that it promotes in the lanes it has, while the controller is killed, and every trial once", { timeout: 120_000 }, async () => {
    await cluster.apply(stagedSweep("staged"));
    const first = await cluster.until("its counts", async () => {
      const object = await cluster.sweep("staged");
      return object.status?.stage && object;
    });
    expect(first.status).toMatchObject({ trials: { total: 24 }, stage: { name: "pilot", number: 1, of: 2, arms: 6 } });
    const wrong: unknown[] = [];
    const watching = new TaskGroup(signal);
    watching.start(async (life) => {
      while (!life.aborted) {
        const seen = await cluster.sweep("staged").catch(() => undefined);
        if (seen?.status?.trials && summed(seen) !== seen.status.trials.total) wrong.push(seen.status.trials);
        await systemClock.sleep(50, { signal: life }).catch(() => undefined);
      }
    });
    const lane = await cluster.startLane("staged");
    // At the first of four seals, which the store has before any status says so.
    const sealed = async (): Promise<boolean> => {
      for await (const _ of (await cluster.store("staged")).list("segments/", { signal })) return true;
      return false;
    };
    while (!(await sealed())) await systemClock.sleep(10, { signal });
    await controller.end("SIGKILL");
    // What is decided is for the next controller to decide, when the lease of this one is over.
    expect((await cluster.sweep("staged")).status).toMatchObject({ stage: { name: "pilot" }, trials: { total: 24 } });
    controller = await cluster.startController();
    const { status } = await cluster.condition("staged", "Complete", { seconds: 100 });
    expect(await lane.exited).toBe(0);
    watching.abort();
    await watching.join();
    expect(wrong).toEqual([]);
    expect(status).toMatchObject({ trials: { total: 36, succeeded: 36 }, progress: "36/36", stage: { name: "full", number: 2, of: 2, arms: 3 } });
    const outcomes = await outcomesOf("staged");
    expect(outcomes.map(({ trial }) => trial)).toEqual([...Array(36).keys()]);
    const means = meansOf(outcomes);
    const best = means.map((mean, arm) => ({ mean, arm })).sort((a, b) => a.mean - b.mean);
    const { kept } = await decisionOf("staged");
    expect(kept).toEqual([...new Set([best[0]!.arm, best[1]!.arm, 5])].sort((a, b) => a - b));
    expect(new Set(outcomes.filter(({ stage }) => stage === "full").map(({ arm }) => arm))).toEqual(new Set(kept));
    expect(status?.best?.replicates).toBe(4);
  });

  it("decides as another sweep of the same trials does, whose outcomes it takes over from both stages", { timeout: 60_000 }, async () => {
    await cluster.apply(stagedSweep("again"));
    await cluster.until("its counts", async () => (await cluster.sweep("again")).status?.stage);
    const lane = await cluster.startLane("again");
    await cluster.condition("again", "Complete");
    expect(await lane.exited).toBe(0);
    const { seals: _own, ...decision } = await decisionOf("again");
    const { seals: _other, ...before } = await decisionOf("staged");
    expect(decision).toEqual(before);
    const reused = (await outcomesOf("again")).filter((outcome) => outcome.reused !== undefined);
    expect(reused.map(({ stage }) => stage)).toEqual([...Array(24).fill("pilot"), ...Array(12).fill("full")]);
  });

  it("keeps the stages it was accepted with", async () => {
    const patch = { spec: { stages: [{ name: "pilot", set: { "optimizer.steps": 7 }, keep: { top: 2 } }, { name: "full" }] } };
    const patched = cluster.controlPlane.kubectl(["patch", "sweep", "staged", "--type=merge", "-p", JSON.stringify(patch)]);
    await expect(patched).rejects.toThrow(/spec\.stages|stages/);
  });

  it("whose every trial fails says that nothing can go on", { timeout: 60_000 }, async () => {
    await cluster.apply(stagedSweep("wild", [1e30, 1e31]));
    await cluster.until("its counts", async () => (await cluster.sweep("wild")).status?.stage);
    const lane = await cluster.startLane("wild");
    const { status } = await cluster.condition("wild", "Stalled", { reason: "NothingToPromote" });
    expect(status?.conditions?.find(({ type }) => type === "Stalled")?.message).toContain("no arm of stage pilot has a mean of validation.loss");
    await lane.end();
  });
});
