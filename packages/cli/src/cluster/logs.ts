import { type SweepObject, sweeps } from "@allot/controller";
import { pods } from "@allot/kube";
import type { Context } from "../context.ts";
import { CliError, type ExitCode, exitCodes } from "../exit.ts";
import type { SweepFolder } from "../folder.ts";
import { type Cluster, type ClusterOptions, getSweep, onCluster } from "./connection.ts";
import { followLanes, scanLanes, trialLines } from "./lane-logs.ts";
import { lineText, type TrialLine } from "./log-lines.ts";
import { openOf } from "./results.ts";
import { type SealedTrial, sealedTrial } from "./sealed.ts";
import { endOf } from "./view.ts";

export interface LogsOptions extends ClusterOptions {
  readonly follow: boolean;
}

/** `allot logs`: what the lane that trains a trial, or trained it, said of it, and nothing of its pack-mates. */
export const logs = async (name: string, trial: number, options: LogsOptions, context: Context): Promise<ExitCode> =>
  onCluster(options, context, async (cluster) => {
    const object = await getSweep(name, cluster);
    const folder = await openOf(object, cluster).catch((error: unknown) => withoutStore(error, context));
    if (folder && trial >= folder.expansion.trials) {
      throw new CliError(exitCodes.usage, `trial ${trial}: ${name} has trials 0 to ${folder.expansion.trials - 1}`);
    }
    const sealed = folder && (await sealedTrial(folder, trial, { signal: context.signal }));
    await (sealed ? ofSealed({ trial, sealed, folder }, cluster) : ofLanes(object, { trial, folder, follow: options.follow }, cluster));
    return exitCodes.ok;
  });

/** The lanes' own logs may say enough without the store. */
const withoutStore = (error: unknown, { terminal, signal }: Context): undefined => {
  if (signal.aborted || !(error instanceof CliError)) throw error;
  terminal.err(`${error.message}\nthe lanes there are now are asked instead\n`);
};

const printTo =
  ({ output }: Cluster, trial: number) =>
  (line: TrialLine): void =>
    output.say("log", { trial, ...line }, lineText(line));

interface Ended {
  readonly trial: number;
  readonly sealed: SealedTrial;
  readonly folder: SweepFolder;
}

const ofSealed = async ({ trial, sealed, folder }: Ended, cluster: Cluster): Promise<void> => {
  const { context, kube, namespace } = cluster;
  const { signal } = context;
  const pod = sealed.outcome.reused === undefined ? await kube.resource(pods).get(podOf(sealed.lane), { namespace, signal }) : undefined;
  const print = printTo(cluster, trial);
  if (pod) for await (const line of trialLines(cluster, pod, { trial, follow: false, signal })) print(line);
  sayEnd({ trial, sealed, folder }, { cluster, podGone: pod === undefined });
};

/** A thread of a lane is named after its pod: `<pod>.<thread>`. */
const podOf = (lane: string): string => lane.split(".", 1)[0] ?? lane;

/** What is known of a trial without any log. */
const sayEnd = ({ trial, sealed: { outcome, lane }, folder }: Ended, { cluster, podGone }: { cluster: Cluster; podGone: boolean }): void => {
  const { state, failure, message, reused, replicate } = outcome;
  const arm = folder.expansion.armAt(outcome.arm).name;
  const trained = `trained by lane ${lane}${podGone ? ", whose pod is gone and its log with it" : ""}`;
  const where = reused === undefined ? trained : `taken over from ${reused}, so no lane trained it`;
  const ended = `${state}${failure === undefined ? "" : ` (${failure})`}`;
  const fields = { trial, arm, replicate, lane, podGone, state, failure, message, reused };
  cluster.output.say("trial", fields, `trial ${trial} (${arm}, replicate ${replicate}): ${ended}; ${where}${message === undefined ? "" : `: ${message}`}`);
};

interface Asked {
  readonly trial: number;
  readonly folder: SweepFolder | undefined;
  readonly follow: boolean;
}

const ofLanes = async (object: SweepObject, { trial, folder, follow }: Asked, cluster: Cluster): Promise<void> => {
  const { context, output } = cluster;
  const { signal } = context;
  const print = printTo(cluster, trial);
  if (!follow) {
    const lines = await scanLanes(object, trial, cluster);
    for (const line of lines) print(line);
    if (lines.length === 0) output.say("trial", { trial, state: "Pending" }, `trial ${trial}: no lane there is now has said anything of it (--follow waits)`);
    return;
  }
  const sealedNow = async (): Promise<SealedTrial | undefined> => {
    if (!folder) return undefined;
    await folder.ledger.refresh({ signal });
    return sealedTrial(folder, trial, { signal });
  };
  const isOver = async (): Promise<boolean> => {
    const now = await cluster.kube.resource(sweeps).get(object.metadata.name, { namespace: object.metadata.namespace, signal });
    return !now || now.metadata.uid !== object.metadata.uid || endOf(now) !== undefined || (await sealedNow()) !== undefined;
  };
  await followLanes(object, { trial, onLine: print, isOver }, cluster);
  const sealed = await sealedNow();
  if (folder && sealed) sayEnd({ trial, sealed, folder }, { cluster, podGone: false });
};
