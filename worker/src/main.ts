import os from "node:os";
import { studyOf } from "@allot/expansion";
import { openIdentities } from "@allot/ledger";
import { systemClock } from "@allot/runtime";
import { checkSweep, hourlyPrice } from "@allot/spec";
import { readStages } from "@allot/stages";
import { folderStore, withPrefix } from "@allot/store";
import { connectTransport, TransportError } from "@allot/transport";
import { artifactsOf } from "./artifacts/artifacts.ts";
import { checkGpu, GpuIdle } from "./gpu.ts";
import { runLane } from "./lane.ts";
import { type LaneLaunch, laneExit } from "./launch.ts";
import { openTrainer } from "./open-trainer.ts";
import { metricsAsked, noReuse, reuseByIdentity } from "./reuse.ts";
import { stagedTrainer } from "./staged-trainer.ts";
import { studyCosts } from "./study-costs.ts";

/** One lane as a process: it talks to its parent over IPC and ends when the channel does. */
const laneProcess = async (launch: LaneLaunch, signal: AbortSignal): Promise<void> => {
  const root = folderStore(launch.root);
  const store = withPrefix(root, launch.sweep);
  const manifest = await store.get("manifest.json", { signal });
  if (!manifest) throw new Misconfigured(`no manifest.json in ${launch.root}/${launch.sweep}`);
  const checked = checkSweep(JSON.parse(new TextDecoder().decode(manifest)));
  if ("issues" in checked) throw new Misconfigured(checked.issues.map((issue) => issue.message).join("\n"));
  const { sweep } = checked;
  const transport = connectTransport(process);
  const { expansion } = await readStages(store, sweep, { signal, costs: studyCosts });
  if (launch.lanes.gpu)
    checkGpu(studyOf(expansion, expansion.trialAt(0)), process.env, { ...launch, deterministic: sweep.spec.execution.determinism === "strict" });
  const place = { ...launch, environment: process.env, home: os.homedir(), scratch: os.tmpdir(), clock: systemClock };
  const trainer = await stagedTrainer(expansion, {
    open: async (known) => openTrainer({ ...place, expansion: known }),
    read: async (options) => (await readStages(store, sweep, { ...options, costs: studyCosts })).expansion,
  });
  await runLane(
    {
      ...launch,
      store,
      transport,
      trainer,
      reuse: launch.reuse ? reuseByIdentity({ store: root, identities: openIdentities(root), metrics: metricsAsked(sweep) }) : noReuse,
      artifacts: artifactsOf(sweep, store),
      // A lane on a laptop keeps one core busy, and the GPU where it has one.
      hourlyPrice: hourlyPrice(sweep.spec.execution.prices, { cpus: 1, gpus: launch.lanes.gpu ? 1 : 0 }),
      clock: systemClock,
    },
    { signal },
  );
};

class Misconfigured extends Error {}

const main = async (): Promise<number> => {
  const [, , argument] = process.argv;
  if (argument === undefined || process.send === undefined) {
    process.stderr.write("a lane is started by `allot run`, not by hand\n");
    return laneExit.misconfigured;
  }
  const ending = new AbortController();
  // Ctrl-C reaches the whole process group; the parent decides what it means.
  process.on("SIGINT", () => undefined);
  let preempted = false;
  process.on("SIGTERM", () => {
    preempted = true;
    ending.abort();
  });
  process.on("disconnect", () => ending.abort());
  try {
    const launch: LaneLaunch = JSON.parse(argument);
    await laneProcess(launch, ending.signal);
    return preempted ? laneExit.preempted : laneExit.ended;
  } catch (error) {
    if (preempted) return laneExit.preempted;
    if (ending.signal.aborted || error instanceof TransportError) return laneExit.ended;
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    return error instanceof Misconfigured || error instanceof GpuIdle ? laneExit.misconfigured : laneExit.failed;
  }
};

process.exitCode = await main();
if (process.connected) process.disconnect();
