import { type Leftover, leftoverKinds, leftovers } from "@allot/ledger";
import type { Store } from "@allot/store";
import type { ClusterOptions } from "../cluster/connection.ts";
import { aligned } from "../columns.ts";
import { type Context, outputTo } from "../context.ts";
import { type ExitCode, exitCodes } from "../exit.ts";
import type { SweepFolder } from "../folder.ts";
import { plural, sizeText } from "../plan/text.ts";
import { openIdle } from "./idle.ts";

export interface PruneOptions extends ClusterOptions {
  readonly store: string;
  readonly dryRun: boolean;
}

interface Amount {
  readonly files: number;
  readonly bytes: number;
}

/** Files removed at once. */
const atOnce = 16;

/** `allot prune`: removes from the store of sweeps that nobody works on what they do not need, or says what that would be. */
export const prune = async (target: string, options: PruneOptions, context: Context): Promise<ExitCode> => {
  const output = outputTo(context.terminal, options.output);
  const { signal } = context;
  for (const folder of await openIdle(target, options, context)) {
    const { store, sweep, ledger } = folder;
    const found: Leftover[] = [];
    for await (const leftover of leftovers(store, { sweep, ledger, signal })) found.push(leftover);
    if (!options.dryRun) await remove(store, found, signal);
    const kinds = Object.fromEntries(leftoverKinds.map((kind) => [kind, amountOf(found.filter((one) => one.kind === kind))]));
    output.say("prune", { sweep: sweep.metadata.name, dryRun: options.dryRun, ...amountOf(found), kinds }, pruneText(folder, found, options.dryRun));
  }
  return exitCodes.ok;
};

const remove = async (store: Store, found: readonly Leftover[], signal: AbortSignal): Promise<void> => {
  for (let at = 0; at < found.length; at += atOnce) {
    await Promise.all(found.slice(at, at + atOnce).map(async ({ key }) => store.delete(key, { signal })));
  }
};

const amountOf = (files: readonly Leftover[]): Amount => ({ files: files.length, bytes: files.reduce((sum, { bytes }) => sum + bytes, 0) });

const row = (words: string, { files, bytes }: Amount): string[] => [`  ${words}`, plural(files, "file"), sizeText(bytes)];

const pruneText = ({ sweep }: SweepFolder, found: readonly Leftover[], dryRun: boolean): string => {
  const { name } = sweep.metadata;
  if (found.length === 0) return `${name}: nothing to remove`;
  const names: Readonly<Record<Leftover["kind"], string>> = {
    weights: `weights that are not kept (artifacts.weights: ${sweep.spec.artifacts.weights})`,
    interrupted: "put away for packs that are sealed by now",
    measurements: "measurements that no seal names",
  };
  const rows = leftoverKinds.map((kind) => row(names[kind], amountOf(found.filter((one) => one.kind === kind))));
  return [`${name}: ${dryRun ? "would remove" : "removed"}`, ...aligned([...rows, row("in all", amountOf(found))])].join("\n");
};
