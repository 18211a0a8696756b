import { readFileSync } from "node:fs";
import { controllerWrites } from "../../controller/src/testing/audit.ts";
import type { Cluster, Running } from "../../controller/src/testing/cluster.ts";
import { idleSweep } from "../../controller/src/testing/idle.ts";
import { systemClock } from "../../packages/runtime/src/index.ts";

const arms = 4;
export const lanes = 4;
const longest = 1200;

/** What one sweep of trials that do nothing took. */
export interface Row {
  readonly lanes: "pods" | "processes";
  readonly trials: number;
  /** Trials that were left to the lanes; the others were sealed before. */
  readonly trained: number;
  /** Trials per second from `kubectl apply` to condition Complete. */
  readonly wholePerSecond: number;
  /** Trials per second from the first lane that is ready to condition Complete. */
  readonly workPerSecond: number;
  /** The controller's highest resident memory, in bytes. */
  readonly peakBytes: number;
  /** The Sweep as JSON. */
  readonly objectBytes: number;
  readonly writes: number;
}

/** A sweep that no other one of the store can lend a result: its arms have values of their own. */
export const manifestOf = (name: string, trials: number, spec: Readonly<Record<string, unknown>> = {}): ReturnType<typeof idleSweep> => {
  const first = Number.parseInt(Buffer.from(name).toString("hex").slice(-6), 16);
  const values = Array.from({ length: arms }, (_, arm) => first * arms + arm);
  return idleSweep(name, { execution: { lanes }, parameters: [{ name: "arm", path: "seeds.order", values }], ...spec }, trials / arms);
};

/** As the install's Deployment has it. */
const nodeOptions = (): string => {
  const file = new URL("../../manifests/controller/deployment.yaml", import.meta.url);
  const found = /name: NODE_OPTIONS, value: "([^"]+)"/.exec(readFileSync(file, "utf8"))?.[1];
  if (found === undefined) throw new Error("manifests/controller/deployment.yaml: the controller has no NODE_OPTIONS");
  return found;
};

/** A controller of its own for each sweep, so that its peak is the sweep's; it leads when this resolves. */
export const startLeader = async (cluster: Cluster, more: NodeJS.ProcessEnv = {}): Promise<Running> => {
  const controller = await cluster.startController({ NODE_OPTIONS: nodeOptions(), ...more });
  await cluster.until("a leader", async () => controller.output().includes('"leader":"controller-'));
  return controller;
};

export const peakOf = ({ child }: Running): number => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8"))?.[1]) * 1024;

/** When the first lane was ready (ms since the epoch), as the lanes' logs say. */
const firstReady = (logs: string): number => {
  const times = logs
    .split("\n")
    .filter((line) => line.includes('"message":"ready"'))
    .map((line) => Date.parse(JSON.parse(line.slice(line.indexOf("{"))).time));
  if (times.length === 0) throw new Error("no lane said that it is ready");
  return Math.min(...times);
};

/** Lanes as the sweep's own pods. */
const podLogs = async (cluster: Cluster, name: string): Promise<string> =>
  cluster.controlPlane.kubectl(["logs", "-l", `allot.dev/sweep=${name}`, "--tail=-1", "--max-log-requests=64"]);

/** Runs one sweep to its end. Throws when it does not have exactly one success for each trial. */
export const runSweep = async (
  cluster: Cluster,
  { name, trials, by, environment }: { name: string; trials: number; by: Row["lanes"]; environment: NodeJS.ProcessEnv },
): Promise<Row> => {
  const controller = await startLeader(cluster, environment);
  const before = controllerWrites(await cluster.requests());
  const begun = systemClock.now();
  await cluster.apply(manifestOf(name, trials));
  const processes: Running[] = [];
  if (by === "processes") {
    await cluster.until("a sweep under way", async () => (await cluster.sweep(name)).status?.startTime !== undefined);
    for (let lane = 0; lane < lanes; lane++) processes.push(await cluster.startLane(name));
  }
  const object = await cluster.condition(name, "Complete", { seconds: longest });
  const ended = systemClock.now();
  const counted = object.status?.trials;
  if (counted?.succeeded !== trials || counted.total !== trials) throw new Error(`${name}: ${JSON.stringify(counted)} of ${trials} trials`);
  const logs = by === "pods" ? await podLogs(cluster, name) : processes.map(({ output }) => output()).join("");
  const row: Row = {
    lanes: by,
    trials,
    trained: trials,
    wholePerSecond: (trials * 1000) / (ended - begun),
    workPerSecond: (trials * 1000) / (ended - firstReady(logs)),
    peakBytes: peakOf(controller),
    objectBytes: JSON.stringify(object).length,
    writes: controllerWrites(await cluster.requests()) - before,
  };
  await Promise.all(processes.map(async ({ exited }) => exited));
  await cluster.controlPlane.kubectl(["delete", "sweep", name, "--timeout=60s"]);
  await controller.end();
  return row;
};
