import { type SweepObject, sweeps } from "@allot/controller";
import { condition } from "@allot/kube";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { plural } from "../plan/text.ts";
import { fieldManager } from "./apply.ts";
import { type Cluster, type ClusterOptions, getSweep, onCluster } from "./connection.ts";
import { specOf } from "./view.ts";

const isComplete = ({ status }: SweepObject): boolean => condition(status?.conditions, "Complete")?.status === "True";

const patch = async (name: string, spec: unknown, { kube, namespace, context: { signal } }: Cluster): Promise<SweepObject> =>
  kube.resource(sweeps).mergePatch(name, { spec }, { namespace, signal, fieldManager });

/** `allot pause` and `allot resume`: sets `spec.suspend`, whoever set it before. */
const suspend = async (name: string, wanted: boolean, { options, context }: { options: ClusterOptions; context: Context }): Promise<ExitCode> =>
  onCluster(options, context, async (cluster) => {
    const object = await getSweep(name, cluster);
    const was = specOf(object).suspend ?? false;
    const why = condition(object.status?.conditions, "Suspended");
    if (was !== wanted) await patch(name, { suspend: wanted }, cluster);
    cluster.output.say("suspend", { sweep: name, suspend: wanted, changed: was !== wanted, was: why?.reason }, suspendText(object, { wanted, was, why }));
    return exitCodes.ok;
  });

const suspendText = (
  object: SweepObject,
  { wanted, was, why }: { wanted: boolean; was: boolean; why: { status: string; reason: string; message: string } | undefined },
): string => {
  const { name } = object.metadata;
  if (isComplete(object)) return `${name}: is complete; there is nothing to ${wanted ? "pause" : "resume"}`;
  if (wanted) return was ? `${name}: is paused already` : `${name}: pausing; the lanes give their packs back and end. Go on with: allot resume ${name}`;
  if (!was) return `${name}: is not paused`;
  const own = why?.status === "True" && why.reason !== "Requested" ? `; it had suspended itself: ${why.message}` : "";
  return `${name}: resumed${own}`;
};

export const pause = async (name: string, options: ClusterOptions, context: Context): Promise<ExitCode> => suspend(name, true, { options, context });
export const resume = async (name: string, options: ClusterOptions, context: Context): Promise<ExitCode> => suspend(name, false, { options, context });

/** `allot scale`: how many lanes train, from now on. */
export const scale = async (name: string, lanes: number, options: ClusterOptions, context: Context): Promise<ExitCode> =>
  onCluster(options, context, async (cluster) => {
    const object = await getSweep(name, cluster);
    const was = specOf(object).execution?.lanes ?? object.status?.lanes?.wanted;
    await patch(name, { execution: { lanes } }, cluster);
    const before = was === undefined || was === lanes ? "" : ` (${was} before)`;
    const tail = isComplete(object) ? "; it is complete, so none is started" : specOf(object).suspend ? `; it is paused: allot resume ${name}` : "";
    cluster.output.say("scale", { sweep: name, lanes, before: was ?? null }, `${name}: ${plural(lanes, "lane")}${before}${tail}`);
    return exitCodes.ok;
  });
