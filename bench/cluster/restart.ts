import { join } from "node:path";
import type { Cluster, Running } from "../../controller/src/testing/cluster.ts";
import { expand, packAt, planPacks } from "../../packages/expansion/src/index.ts";
import { type Outcome, openLedger, seal } from "../../packages/ledger/src/index.ts";
import { systemClock } from "../../packages/runtime/src/index.ts";
import { checkSweep, sha256 } from "../../packages/spec/src/index.ts";
import { folderStore, type Store, withPrefix } from "../../packages/store/src/index.ts";
import { lanes, manifestOf, peakOf, startLeader } from "./sweep.ts";

/** Packs that no checkpoint has yet: as many as a controller that is killed can leave behind. */
const unfolded = 256;
/** Packs that are left to the lanes. */
const left = 16;
const { signal } = new AbortController();

/** How a controller comes back to a sweep that is nearly done. */
export interface Restart {
  readonly trials: number;
  /** From the start of the process to the first figures of the sweep, which are right. */
  readonly seconds: number;
  /** The controller's highest resident memory until the sweep was complete, in bytes. */
  readonly peakBytes: number;
}

/** Seals all packs but the last few as lanes would have, into the folder that the S3 server serves. @returns trials that are sealed. */
const sealBefore = async (store: Store, name: string, trials: number): Promise<number> => {
  const checked = checkSweep(manifestOf(name, trials));
  if (!("sweep" in checked)) throw new Error(`${name}: ${JSON.stringify(checked.issues)}`);
  const expansion = expand(checked.sweep);
  const plan = planPacks(expansion, { lanes });
  let sealed = 0;
  for (let pack = 0; pack < plan.packs - left; pack++) {
    if (pack === plan.packs - left - unfolded) await (await openLedger(store, { trials, signal })).checkpoint({ signal });
    const range = packAt(plan, pack);
    const outcomes: Outcome[] = [];
    for (let index = range.first; index <= range.last; index++) {
      const { replicate, arm, labels } = expansion.trialAt(index);
      const identity = sha256(`${name} ${index}`);
      outcomes.push({
        trial: index,
        replicate,
        arm,
        identity,
        labels,
        state: "Succeeded",
        metrics: { "train.loss": 0 },
        measured: { "train.seconds": 0 },
        engine: "wasm",
      });
    }
    const measurements = { trial: [range.first], metric: ["train.loss"], step: [0], value: [0] };
    const provenance = { allot: "0.1.0", lockfile: "", manifest: "", data: {}, engine: { name: "wasm", version: "0.1.0", numerics: 1 }, host: {} };
    await seal(store, { ...range, outcomes, measurements, provenance, attempt: { lane: "before", delivery: 1 } }, { signal });
    sealed += outcomes.length;
  }
  return sealed;
};

/** What the sweep's metric says of one state; nothing until the leader knows the sweep. */
const succeeded = async (controller: Running, name: string): Promise<number | undefined> => {
  const port = /"port":(\d+)/.exec(controller.output())?.[1];
  if (port === undefined) return undefined;
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  const line = text.split("\n").find((one) => one.startsWith("allot_sweep_trials{") && one.includes(`sweep="${name}"`) && one.includes('state="succeeded"'));
  return line === undefined ? undefined : Number(line.slice(line.lastIndexOf(" ")));
};

/** Starts a controller that finds a sweep of so many trials nearly sealed, and lets lanes finish it. */
export const restart = async (cluster: Cluster, { name, trials }: { name: string; trials: number }): Promise<Restart> => {
  await cluster.apply(manifestOf(name, trials));
  const { uid = "" } = (await cluster.sweep(name)).metadata;
  const root = folderStore(join(cluster.folder, "s3", "buckets", "results", "allot"));
  const sealed = await sealBefore(withPrefix(root, `default/${name}-${uid.slice(0, 8)}`), name, trials);
  const begun = systemClock.monotonic();
  const controller = await startLeader(cluster);
  const seen = await cluster.until("the sweep's figures", async () => succeeded(controller, name), 300);
  const seconds = (systemClock.monotonic() - begun) / 1000;
  if (seen !== sealed) throw new Error(`${name}: the first figures say ${seen} trials, ${sealed} are sealed`);
  const running = [];
  for (let lane = 0; lane < lanes; lane++) running.push(await cluster.startLane(name));
  const { status } = await cluster.condition(name, "Complete", { seconds: 600 });
  if (status?.trials?.succeeded !== trials) throw new Error(`${name}: ${JSON.stringify(status?.trials)} of ${trials} trials`);
  await Promise.all(running.map(async ({ exited }) => exited));
  const peakBytes = peakOf(controller);
  await cluster.controlPlane.kubectl(["delete", "sweep", name, "--timeout=60s"]);
  await controller.end();
  return { trials, seconds, peakBytes };
};
