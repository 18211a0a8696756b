import type { SweepObject } from "@allot/controller";
import type { Context } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import { type Cluster, type ClusterOptions, getSweep, onCluster } from "./connection.ts";
import { inOrder, type ListOptions } from "./list.ts";
import { observeSweeps } from "./observe.ts";
import { Screen } from "./screen.ts";
import { endOf, viewOf } from "./view.ts";

/** The table's times move on a terminal (ms). */
const tick = 1000;

/** Of several ends the one that most needs somebody to do something. */
const worst = (codes: readonly ExitCode[]): ExitCode => Math.max(exitCodes.ok, ...codes) as ExitCode;

export interface Watched {
  readonly all: boolean;
  readonly wanted: (object: SweepObject) => boolean;
}

/** Shows the wanted sweeps until each has ended, then says how. */
export const watchUntilEnded = async (cluster: Cluster, { all, wanted }: Watched): Promise<ExitCode> => {
  const { context, output, namespace } = cluster;
  const screen = new Screen(context, output, { namespaces: all });
  const codes = new Map<string, ExitCode>();
  for await (const objects of observeSweeps(cluster, { namespace: all ? undefined : namespace, every: tick, signal: context.signal })) {
    const seen = objects.filter(wanted);
    const views = seen.map((object) => viewOf(object, context.clock.now())).sort(inOrder);
    const ends = seen.map((object) => ({ object, end: endOf(object) }));
    const last = ends.every(({ end }) => end !== undefined);
    screen.show(views, { last });
    for (const { object, end } of ends) if (end) codes.set(object.metadata.uid ?? "", end.code);
    if (!last) continue;
    for (const { object, end } of ends) {
      const { name } = object.metadata;
      output.say("end", { sweep: name, code: end!.code, message: end!.text, results: object.status?.results }, `${name}: ${end!.text}`);
    }
    if (seen.length > 0) return worst([...codes.values()]);
    context.terminal.err("there is nothing to watch: the sweep was deleted, or there is none\n");
    return exitCodes.failed;
  }
  return exitCodes.paused;
};

/** `allot watch`: one sweep, or all of a namespace, until they have ended. */
export const watch = async (name: string | undefined, options: ClusterOptions & Pick<ListOptions, "allNamespaces">, context: Context): Promise<ExitCode> =>
  onCluster(options, context, async (cluster) => {
    if (name === undefined) return watchUntilEnded(cluster, { all: options.allNamespaces, wanted: () => true });
    const { metadata } = await getSweep(name, cluster);
    return watchUntilEnded(cluster, { all: false, wanted: (object) => object.metadata.uid === metadata.uid });
  });
