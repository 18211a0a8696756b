import { openLedger, readOutcomes } from "@allot/ledger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cluster } from "./testing/cluster.ts";
import { idleSweep } from "./testing/idle.ts";

let cluster: Cluster;
const { signal } = new AbortController();

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.startController();
});
afterAll(async () => cluster?.stop());

describe("a sweep on a cluster", () => {
  it("gets a Job of lanes, is trained by them, and is complete with every trial once", async () => {
    await cluster.apply(idleSweep("first"));
    const job = await cluster.until("a Job", async () => cluster.controlPlane.kubectl(["get", "job", "first-1", "-o", "jsonpath={.spec.completions}"]));
    expect(job).toBe("2");
    const lanes = [await cluster.startLane("first"), await cluster.startLane("first")];
    const { status } = await cluster.condition("first", "Complete");
    expect(status).toMatchObject({ progress: "100/100", engine: "wasm", trials: { succeeded: 100, failed: 0, pending: 0 } });
    expect(await Promise.all(lanes.map(({ exited }) => exited))).toEqual([0, 0]);
    const ledger = await openLedger(await cluster.store("first"), { trials: 100, signal });
    expect(ledger.counts()).toMatchObject({ Succeeded: 100 });
    const seen = new Set<number>();
    for await (const { trial } of ledger.outcomes({ signal })) seen.add(trial);
    expect(seen.size).toBe(100);
    expect((await readOutcomes(await cluster.store("first"), "p000000", { signal })).provenance.allot).toBe("0.1.0");
    await cluster.controlPlane.kubectl(["wait", "--for=condition=Complete", "sweep/first", "--timeout=10s"]);
  });
});
