import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { type Expansion, expand } from "@allot/expansion";
import { type Ledger, openLedger } from "@allot/ledger";
import { canonicalJson, checkSweep, type Sweep } from "@allot/spec";
import { folderStore, type Store } from "@allot/store";
import type { Context } from "./context.ts";
import { CliError, exitCodes } from "./exit.ts";
import { readManifest } from "./manifest.ts";

/** The part of a sweep that decides its results, in canonical JSON: how it is executed and what it may cost don't. */
export const decisiveSpec = (sweep: Sweep): string => {
  const { execution: _execution, budget: _budget, suspend: _suspend, ...spec } = sweep.spec;
  return canonicalJson(spec);
};

/** What is written beside the results when a sweep begins, and never changed. */
export interface Origin {
  readonly version: 1;
  /** The manifest as its author wrote it. */
  readonly manifestText: string;
  /** How the data were split, in words; empty where nothing is to be said. */
  readonly split: string;
}

/** Keys of a sweep's store. */
export const keys = { manifest: "manifest.json", plan: "plan.json", origin: "origin.json", page: "report/index.html", markdown: "report/report.md" } as const;

/** JSON under a key. @throws CliError when it is not there */
export const readJson = async <T>(store: Store, key: string, { signal }: { signal: AbortSignal }): Promise<T> => {
  const bytes = await store.get(key, { signal });
  if (bytes === undefined) throw new CliError(exitCodes.usage, `this is no folder of a sweep: ${key} is not in it`);
  const value: T = JSON.parse(new TextDecoder().decode(bytes));
  return value;
};

/** The results of one sweep. */
export interface SweepFolder {
  readonly path: string;
  readonly store: Store;
  readonly sweep: Sweep;
  readonly expansion: Expansion;
  readonly ledger: Ledger;
}

const storedSweep = async (store: Store, signal: AbortSignal): Promise<Sweep> => {
  const checked = checkSweep(await readJson<unknown>(store, keys.manifest, { signal }));
  if ("sweep" in checked) return checked.sweep;
  throw new CliError(exitCodes.usage, `${keys.manifest} was written by another version of Allot: ${checked.issues[0]?.message ?? ""}`);
};

const openFolder = async (folder: string, signal: AbortSignal): Promise<SweepFolder> => {
  const store = folderStore(folder);
  const sweep = await storedSweep(store, signal);
  const expansion = expand(sweep);
  return { path: folder, store, sweep, expansion, ledger: await openLedger(store, { trials: expansion.trials, signal }) };
};

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
    throw new CliError(exitCodes.usage, `${name}: trained on different data or by different engines; name one of\n  ${matching.join("\n  ")}`);
  return only;
};

/**
 * The results that a person names: by a sweep's folder, or by its manifest, every document of it.
 * @throws CliError, ManifestError
 */
export const openResults = async (target: string, { store, context }: { store: string; context: Context }): Promise<SweepFolder[]> => {
  const { cwd, signal } = context;
  const resolved = path.resolve(cwd, target);
  const facts = await stat(resolved).catch(() => undefined);
  if (facts?.isDirectory()) return [await openFolder(resolved, signal)];
  const root = path.resolve(cwd, store);
  const folders: SweepFolder[] = [];
  for (const sweep of (await readManifest(target, context)).sweeps) folders.push(await openFolder(await folderOf(sweep, root, signal), signal));
  return folders;
};
