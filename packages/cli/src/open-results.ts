import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { decisiveSpec, type Sweep } from "@allot/spec";
import { folderStore } from "@allot/store";
import type { ClusterOptions } from "./cluster/connection.ts";
import type { Context } from "./context.ts";
import { CliError, exitCodes } from "./exit.ts";
import { openSweep, type SweepFolder, storedSweep } from "./folder.ts";
import { readManifest } from "./manifest.ts";

/** The folder of a sweep below the store's root; the data it was trained on are not asked for, only the manifest. */
const folderOf = async (sweep: Sweep, root: string, signal: AbortSignal): Promise<string> => {
  const { name } = sweep.metadata;
  const candidates = (await readdir(root).catch(() => [])).filter(
    (entry) => entry.startsWith(`${name}-`) && /^[0-9a-f]{8}$/.test(entry.slice(name.length + 1)),
  );
  const matching: string[] = [];
  for (const candidate of candidates.sort()) {
    const folder = path.join(root, candidate);
    const stored = await storedSweep(folderStore(folder), signal).catch(() => undefined);
    signal.throwIfAborted();
    if (stored && decisiveSpec(stored) === decisiveSpec(sweep)) matching.push(folder);
  }
  const [only, ...more] = matching;
  if (only === undefined) throw new CliError(exitCodes.usage, `${name}: no results in ${root} for this manifest; train it with: allot run`);
  if (more.length > 0)
    throw new CliError(
      exitCodes.usage,
      `${name}: trained on different data, by different engines or by different programs; name one of\n  ${matching.join("\n  ")}`,
    );
  return only;
};

export interface ResultsOptions {
  /** Folder below which a laptop's sweeps are. */
  readonly store: string;
  /** Which cluster `sweep/<name>` is in. */
  readonly cluster: ClusterOptions;
  readonly context: Context;
}

/** Whether a target names results in a cluster or bucket. */
export const isRemote = (target: string): boolean => /^(s3:\/\/|sweep\/)/.test(target);

/**
 * The results that a person names: by a sweep's folder; by its manifest, every document of it; as `sweep/<name>` in a
 * cluster; or by the `s3://…` address that a cluster's sweep has in its status.
 * @throws CliError, ManifestError
 */
export const openResults = async (target: string, { store, cluster, context }: ResultsOptions): Promise<SweepFolder[]> => {
  const { cwd, signal } = context;
  if (isRemote(target)) {
    // Loaded only here: a folder's report needs no cluster.
    const { openRemote } = await import("./cluster/results.ts");
    return [await openRemote(target, cluster, context)];
  }
  const resolved = path.resolve(cwd, target);
  const facts = await stat(resolved).catch(() => undefined);
  if (facts?.isDirectory()) return [await openSweep(folderStore(resolved), resolved, { signal })];
  const root = path.resolve(cwd, store);
  const folders: SweepFolder[] = [];
  for (const sweep of (await readManifest(target, context)).sweeps) {
    const folder = await folderOf(sweep, root, signal);
    folders.push(await openSweep(folderStore(folder), folder, { signal, at: sweep }));
  }
  return folders;
};
