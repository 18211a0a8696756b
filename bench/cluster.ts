/** `pnpm bench cluster`: trials that do nothing through real Kubernetes, NATS and S3: what Allot itself costs. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startNode } from "@allot/testbed";
import { Cluster, type Programs } from "../controller/src/testing/cluster.ts";
import { makeBundle } from "../tools/bundle.ts";
import { makeImage } from "../tools/images.ts";
import { podsPerSecond } from "./cluster/pods.ts";
import { type Restart, restart } from "./cluster/restart.ts";
import { type Row, runSweep } from "./cluster/sweep.ts";

/** All that was measured. */
interface Measured {
  readonly rows: Row[];
  readonly restarted: Restart;
  /** One pod per trial on the same kubelet; absent where this is not root. */
  readonly podsPerSecond?: number;
}

const target = { perSecond: 1000, timesPods: 50, growthBytes: 64e6, objectBytes: 20_000, restartSeconds: 5 };
const pods = { pods: 60, atOnce: 15 };
/** Pods of the testbed's node use its network, and its images come from no registry. */
const laneTemplate = { spec: { hostNetwork: true, containers: [{ name: "lane", imagePullPolicy: "Never" }] } };

/** Lanes as pods on a real node, and one pod per trial beside them. */
const onNode = async (programs: Programs): Promise<Pick<Measured, "rows" | "podsPerSecond">> => {
  const cluster = await Cluster.start({ programs });
  const node = await startNode(cluster.controlPlane, { folder: join(cluster.folder, "node") });
  try {
    await node.importImage(await makeImage("allot/worker:0.1.0", cluster.folder));
    const template = join(cluster.folder, "lane-template.yaml");
    await writeFile(template, JSON.stringify(laneTemplate));
    const rows = [await runSweep(cluster, { name: "pods-e4", trials: 10_000, by: "pods", environment: { ALLOT_LANE_TEMPLATE: template } })];
    return { rows, podsPerSecond: await podsPerSecond(cluster.controlPlane, pods) };
  } finally {
    await node.stop();
    await cluster.stop();
  }
};

/** Lanes as processes, with no node: sizes that show how things grow. */
const offNode = async (programs: Programs): Promise<Measured> => {
  const cluster = await Cluster.start({ programs, controllers: false });
  try {
    const rows: Row[] = [];
    for (const digits of [3, 4, 5])
      rows.push(await runSweep(cluster, { name: `processes-e${digits}`, trials: 10 ** digits, by: "processes", environment: {} }));
    const restarted = await restart(cluster, { name: "restart-e6", trials: 1_000_000 });
    return { rows, restarted };
  } finally {
    await cluster.stop();
  }
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

const render = ({ rows, restarted, podsPerSecond: pace }: Measured): string => {
  const lines = ["lanes        trials   trials/s whole   trials/s work   peak MB   object B   writes"];
  for (const row of rows) {
    const rates = `${row.wholePerSecond.toFixed(0).padStart(17)}${row.workPerSecond.toFixed(0).padStart(16)}`;
    const costs = `${megabytes(row.peakBytes).padStart(10)}${String(row.objectBytes).padStart(11)}${String(row.writes).padStart(9)}`;
    lines.push(`${row.lanes.padEnd(10)}${String(row.trials).padStart(9)}${rates}${costs}`);
  }
  if (pace !== undefined) lines.push("", `one pod per trial: ${pace.toFixed(2)} pods/s (${pods.pods} pods, ${pods.atOnce} at once)`);
  const { trials, seconds, peakBytes } = restarted;
  lines.push(`restart with ${trials} trials: ${seconds.toFixed(1)} s to the first figures, peak ${megabytes(peakBytes)} MB`);
  return lines.join("\n");
};

/** Each target with what was measured. */
const verdicts = ({ rows, restarted, podsPerSecond: pace }: Measured): { met: boolean; text: string }[] => {
  const ten = rows.find(({ trials }) => trials === 10_000)!;
  const growth = restarted.peakBytes - rows.find(({ trials }) => trials === 1000)!.peakBytes;
  const largest = Math.max(...rows.map(({ objectBytes }) => objectBytes));
  const said = [
    { met: ten.workPerSecond >= target.perSecond, text: `${ten.workPerSecond.toFixed(0)} trials/s with 4 lanes as ${ten.lanes}, at least ${target.perSecond}` },
    { met: growth <= target.growthBytes, text: `controller +${megabytes(growth)} MB from 10^3 to 10^6 trials, at most ${megabytes(target.growthBytes)}` },
    { met: largest < target.objectBytes, text: `Sweep of ${largest} bytes, below ${target.objectBytes}` },
    { met: restarted.seconds <= target.restartSeconds, text: `restart ${restarted.seconds.toFixed(1)} s, at most ${target.restartSeconds}` },
  ];
  if (pace === undefined) return said;
  const times = ten.wholePerSecond / pace;
  return [...said, { met: times >= target.timesPods, text: `${times.toFixed(0)} times one pod per trial, both whole, at least ${target.timesPods}` }];
};

/** Prints the table; resolves to whether every target was met. */
export async function benchCluster({ json }: { json: boolean }): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), "allot-bench-"));
  try {
    const programs = { controller: await makeBundle("controller/controller.mjs", folder), lane: await makeBundle("worker/lane.mjs", folder) };
    const root = process.getuid?.() === 0;
    const first = root ? await onNode(programs) : { rows: [] };
    const second = await offNode(programs);
    const measured: Measured = { ...first, ...second, rows: [...first.rows, ...second.rows] };
    const said = verdicts(measured);
    if (json) process.stdout.write(`${JSON.stringify({ node: process.version, ...measured, verdicts: said }, null, 2)}\n`);
    else process.stdout.write(`${render(measured)}\n\n${said.map(({ met, text }) => `${met ? "met   " : "missed"} ${text}`).join("\n")}\n`);
    return said.every(({ met }) => met);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
