import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { openLedger } from "@allot/ledger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Cluster, type Running } from "./testing/cluster.ts";
import { idleSweep } from "./testing/idle.ts";

const { signal } = new AbortController();
const slow = { execution: { lanes: 1, resources: { requests: { cpu: "2" } } }, trainer: { study: { data: { kind: "sleep", seconds: 0.2 } } } };
let cluster: Cluster;

beforeAll(async () => {
  cluster = await Cluster.start();
  await cluster.startController();
});
afterAll(async () => cluster?.stop());

/** Starts a lane as the sweep's Job says. */
const startLane = async (name: string): Promise<Running> => {
  const path = `jsonpath={.spec.template.spec.containers[0].env[?(@.name=="ALLOT_LANE_THREADS")].value}`;
  const threads = await cluster.until("a Job", async () => cluster.controlPlane.kubectl(["get", "job", `${name}-1`, "-o", path]));
  expect(threads).toBe("2");
  return cluster.startLane(name, { more: { ALLOT_LANE_THREADS: threads } });
};

/** Lines of a lane's log. */
const linesOf = (lane: Running): { lane: string; message: string; pid?: number }[] =>
  lane
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{") && line.endsWith("}"))
    .map((line) => JSON.parse(line));

const bothWork = async (lane: Running): Promise<unknown> =>
  cluster.until(
    "both threads at work",
    async () => new Set(linesOf(lane).flatMap(({ lane: name, message }) => (message === "started" ? [name] : []))).size === 2,
  );

/** Processes whose parent this is. */
const childrenOf = async ({ child }: Running): Promise<number[]> => {
  const { stdout } = await promisify(execFile)("ps", ["-o", "pid=", "--ppid", String(child.pid)]);
  return stdout.trim().split(/\s+/).map(Number);
};

describe("a lane that asks for two CPUs", () => {
  it("trains two packs at once, and each trial once", async () => {
    await cluster.apply(idleSweep("wide", slow, 10));
    const lane = await startLane("wide");
    await cluster.condition("wide", "Complete");
    expect(await lane.exited).toBe(0);
    const store = await cluster.store("wide");
    const ledger = await openLedger(store, { trials: 40, signal });
    expect(ledger.counts()).toMatchObject({ Succeeded: 40 });
    const lanes = new Set<string>();
    for await (const { attempt } of ledger.segments({ signal })) lanes.add(attempt.lane);
    expect([...lanes].map((name) => name.replace(/^.*\./, "")).sort()).toEqual(["0", "1"]);
  });

  it("ends as a whole when a thread is killed; the next one goes on", async () => {
    await cluster.apply(idleSweep("dying", slow, 10));
    const lane = await startLane("dying");
    await bothWork(lane);
    const threads = await childrenOf(lane);
    expect(threads).toHaveLength(2);
    process.kill(threads[0]!, "SIGKILL");
    expect(await lane.exited).toBe(1);
    for (const thread of threads) expect(() => process.kill(thread, 0)).toThrow("ESRCH");
    const next = await startLane("dying");
    const { status } = await cluster.condition("dying", "Complete", { seconds: 90 });
    expect(status?.trials).toMatchObject({ succeeded: 40, failed: 0 });
    expect(await next.exited).toBe(0);
  });

  it("gives both packs back when it is asked to go", async () => {
    await cluster.apply(idleSweep("asked", slow, 10));
    const lane = await startLane("asked");
    await bothWork(lane);
    lane.child.kill("SIGTERM");
    expect(await lane.exited).toBe(143);
    // Its last words may come after its end.
    await cluster.until("both packs given back", async () => linesOf(lane).filter(({ message }) => message === "released").length === 2, 10);
  });
});
