import { sweeps } from "@allot/controller";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { type ClusterOptions, onCluster } from "./connection.ts";
import { type SweepView, viewOf } from "./view.ts";
import { sweepTable } from "./words.ts";

export interface ListOptions extends ClusterOptions {
  readonly allNamespaces: boolean;
}

/** By namespace, then by name. */
export const inOrder = (a: SweepView, b: SweepView): number => a.namespace.localeCompare(b.namespace) || a.name.localeCompare(b.name);

/** `allot list`: the sweeps of a namespace, or of all. */
export const list = async (options: ListOptions, context: Context): Promise<ExitCode> =>
  onCluster(options, context, async ({ kube, namespace, output }) => {
    const { signal, clock } = context;
    const { items } = await kube.resource(sweeps).list({ namespace: options.allNamespaces ? undefined : namespace, signal });
    const views = items.map((object) => viewOf(object, clock.now())).sort(inOrder);
    if (output.format === "json") for (const view of views) output.say("sweep", { ...view }, "");
    else if (views.length > 0) output.say("sweeps", {}, sweepTable(views, { namespaces: options.allNamespaces }).join("\n"));
    else context.terminal.err(`no sweeps in ${options.allNamespaces ? "any namespace" : `namespace ${namespace}`}; begin one with: allot apply <manifest>\n`);
    return exitCodes.ok;
  });
