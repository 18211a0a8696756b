/** `pnpm bench sweep`: a sweep of many small trials on this machine's cores, from the command line to the last seal. */
import { readFileSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { prepare } from "../packages/cli/src/run/prepare.ts";
import { makeWorkspace, type Running, type Workspace } from "../packages/cli/src/testing/workspace.ts";
import { expand, planPacks } from "../packages/expansion/src/index.ts";
import { systemClock } from "../packages/runtime/src/index.ts";
import { parseManifests } from "../packages/spec/src/index.ts";

const lanes = 2;
const trials = 10_000;
/** Far smaller than Allot would cut them, so that a lane goes through many. */
const trialsPerPack = 10;
/** Packs after which a lane's memory should have settled. */
const settled = 10;
/** How much a lane's highest memory may grow from then on, as a share. */
const mostGrowth = 0.1;

/** Half-layers of a few neurons, twenty steps on MNIST each. */
const manifest = `
apiVersion: allot.dev/v1alpha1
kind: Sweep
metadata: { name: small-half-layers }
spec:
  objective: { metric: validation.accuracy, direction: maximize }
  trainer:
    study:
      data: { kind: mnist }
      model: { kind: mlp, hidden: [20] }
      objective: { task: crossEntropy }
      optimizer: { kind: adam, learningRate: 2.0e-3, steps: 20, batch: 50 }
      allocation: { layer.0: { strategy: rowScale, bias: true, fixed: { distribution: normal } } }
  parameters: [{ name: optimizer.learningRate, values: [1.0e-3, 2.0e-3, 5.0e-3, 1.0e-2] }]
  baseline: { optimizer.learningRate: 2.0e-3 }
  replicates: { count: ${trials / 4} }
`;

/** What was measured. */
interface Measured {
  readonly trialsPerMinute: number;
  /** Of the lane that had most, in bytes: its highest resident memory after the first packs, and at the end. */
  readonly early: number;
  readonly late: number;
}

/** Highest resident memory of a process, in bytes; 0 once it has ended. */
const peakOf = (pid: number): number => {
  try {
    return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
};
const highest = (running: Running): number => Math.max(0, ...running.lanes().map(peakOf));

/** The first to come decides how a sweep is cut into packs. */
const cut = async (workspace: Workspace, environment: NodeJS.ProcessEnv): Promise<void> => {
  const { signal } = new AbortController();
  const sweeps = parseManifests(manifest, "sweep.yaml");
  const terminal = { interactive: false, columns: 80, out: () => undefined, err: () => undefined };
  const context = { cwd: workspace.folder, home: workspace.folder, environment, clock: systemClock, version: "bench", signal, terminal };
  const [prepared] = await prepare({ file: "sweep.yaml", text: manifest, sweeps }, context);
  const folder = join(workspace.folder, ".allot", prepared!.folder);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, "plan.json"), JSON.stringify(planPacks(expand(sweeps[0]!), { lanes, trialsPerPack })));
};

const measure = async (workspace: Workspace): Promise<Measured> => {
  const begun = systemClock.monotonic();
  const running = workspace.start(["run", "sweep.yaml", "--lanes", String(lanes), "--output", "json"]);
  let [early, late] = [0, 0];
  await running.until((events) => {
    const done = events.findLast(({ event }) => event === "progress")?.["Succeeded"];
    if (typeof done !== "number" || done < settled * trialsPerPack) return false;
    if (early === 0) early = highest(running);
    late = Math.max(late, highest(running));
    return false;
  });
  const { code, stderr } = await running.finished;
  if (code !== 0) throw new Error(`allot run ended with ${code}: ${stderr}`);
  return { trialsPerMinute: trials / ((systemClock.monotonic() - begun) / 60_000), early, late };
};

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);

/** Prints what was measured; resolves to whether memory stayed flat. */
export async function benchSweep({ environment, json }: { environment: NodeJS.ProcessEnv; json: boolean }): Promise<boolean> {
  const data = resolve(environment["ALLOT_DATA"] ?? "../shared/data");
  const workspace = await makeWorkspace({ data });
  try {
    await workspace.write("sweep.yaml", manifest);
    await cut(workspace, { ...environment, ALLOT_DATA: data });
    const measured = await measure(workspace);
    const growth = measured.late / measured.early - 1;
    const met = growth <= mostGrowth;
    const text = [
      `${trials} trials in ${trials / trialsPerPack} packs on ${lanes} lanes: ${measured.trialsPerMinute.toFixed(0)} trials a minute, whole`,
      `${met ? "met   " : "missed"} a lane's peak ${megabytes(measured.early)} MB after ${settled} packs, ${megabytes(measured.late)} MB at the end: +${(100 * growth).toFixed(0)} %, at most +${100 * mostGrowth} %`,
    ];
    process.stdout.write(`${json ? JSON.stringify({ node: process.version, lanes, trials, ...measured, met }, null, 2) : text.join("\n")}\n`);
    return met;
  } finally {
    await workspace.remove();
  }
}
