import type { SweepObject } from "@allot/controller";
import { condition } from "@allot/kube";
import { type ClusterOptions, getSweep, withCluster } from "../cluster/connection.ts";
import { openOf } from "../cluster/results.ts";
import { specOf, viewOf } from "../cluster/view.ts";
import type { Context } from "../context.ts";
import { CliError, exitCodes } from "../exit.ts";
import type { SweepFolder } from "../folder.ts";
import { isRemote, openResults } from "../open-results.ts";
import { plural } from "../plan/text.ts";
import { trainingRuns } from "../run/mark.ts";

export interface IdleOptions extends ClusterOptions {
  readonly store: string;
}

/** The sweeps that a target names, on none of which anybody works. @throws CliError that says who does, and what to do */
export const openIdle = async (target: string, options: IdleOptions, context: Context): Promise<SweepFolder[]> => {
  if (target.startsWith("sweep/")) return [await openIdleObject(target, options, context)];
  const folders = await openResults(target, { store: options.store, cluster: options, context });
  for (const folder of folders) {
    const busy = isRemote(target) ? busyBucket(folder) : await busyFolder(folder, context);
    if (busy !== undefined) throw refusal(folder.path, busy);
  }
  return folders;
};

const refusal = (what: string, why: string): CliError => new CliError(exitCodes.usage, `${what}: ${why}`);

/** The manifest of the object counts: what it keeps may have changed since the last one was written to the store. */
const openIdleObject = async (target: string, options: ClusterOptions, context: Context): Promise<SweepFolder> =>
  withCluster(options, context, async (cluster) => {
    const object = await getSweep(target.slice("sweep/".length), cluster);
    const busy = busyObject(object, context.clock.now());
    if (busy !== undefined) throw refusal(target, busy);
    const { sweep, ...folder } = await openOf(object, cluster);
    const artifacts = { ...sweep.spec.artifacts, ...specOf(object).artifacts };
    return { ...folder, sweep: { ...sweep, spec: { ...sweep.spec, artifacts } } };
  });

const busyObject = (object: SweepObject, now: number): string | undefined => {
  const { name } = object.metadata;
  const { state, lanes } = viewOf(object, now);
  if (state === "Deleting") return "it is being deleted, and its results stay as they are";
  const unknown = unaccepted(object);
  if (unknown !== undefined) return unknown;
  if (state !== "Complete" && state !== "Failed" && state !== "Suspended") {
    return `it is not at its end (${state}): wait for it with allot watch ${name}, or pause it with allot pause ${name}`;
  }
  const active = lanes?.active ?? 0;
  return active > 0 ? `${plural(active, "lane")} of it still ${active === 1 ? "works" : "work"}: try again when the last has ended (allot list)` : undefined;
};

/** Why its manifest does not say yet what is kept. */
const unaccepted = ({ metadata, status = {} }: SweepObject): string | undefined => {
  if ((status.observedGeneration ?? 0) < (metadata.generation ?? 0)) return "the controller has not looked at its newest manifest yet: try again in a moment";
  const accepted = condition(status.conditions, "Accepted");
  return accepted?.status === "True" ? undefined : `its newest manifest is refused: ${accepted?.message ?? ""}; mend it first`;
};

const busyBucket = ({ sweep, ledger }: SweepFolder): string | undefined => {
  const { Pending, Running } = ledger.counts();
  if (Pending + Running === 0) return undefined;
  const { name } = sweep.metadata;
  return `${plural(Pending + Running, "trial")} of it are not at their end, and a bucket does not say whether lanes work on them: prune sweep/${name}, whose status does`;
};

const busyFolder = async ({ store }: SweepFolder, { signal }: Context): Promise<string | undefined> => {
  const [run] = await trainingRuns(store, { signal });
  if (!run) return undefined;
  const who = `process ${run.process} on ${run.host} trains it`;
  return `${who}: wait for it, or pause it with Ctrl-C; if that is no allot run, delete ${run.key} in this folder`;
};
