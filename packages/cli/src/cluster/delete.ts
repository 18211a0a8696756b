import { sweeps } from "@allot/controller";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { type ClusterOptions, getSweep, onCluster } from "./connection.ts";
import { observeSweeps } from "./observe.ts";

/** `allot delete`: removes the sweep's object and its lanes; its results stay. */
export const deleteSweep = async (name: string, options: ClusterOptions & { wait: boolean }, context: Context): Promise<ExitCode> =>
  onCluster(options, context, async (cluster) => {
    const { kube, namespace, output } = cluster;
    const { signal } = context;
    const { metadata, status } = await getSweep(name, cluster);
    const { uid = "" } = metadata;
    await kube.resource(sweeps).delete(name, { namespace, signal, preconditions: { uid } });
    const { results } = status ?? {};
    const kept = results === undefined ? "nothing of it was stored yet" : `its results stay in ${results}; read them with: allot report ${results}`;
    output.say("deleting", { sweep: name, namespace, results }, `${name}: deleting, its lanes end; ${kept}`);
    if (!options.wait) return exitCodes.ok;
    for await (const objects of observeSweeps(cluster, { namespace, every: 60_000, signal })) if (!objects.some((one) => one.metadata.uid === uid)) break;
    output.say("deleted", { sweep: name, namespace, results }, `${name}: deleted`);
    return exitCodes.ok;
  });
