import type { Expansion } from "@allot/expansion";
import { type Ledger, openLedger } from "@allot/ledger";
import { checkSweep, type Sweep } from "@allot/spec";
import { type Decision, readStages } from "@allot/stages";
import type { Store } from "@allot/store";
import { CliError, exitCodes } from "./exit.ts";

/** What is written beside the results when a sweep begins, and never changed. */
export interface Origin {
  readonly version: 1;
  /** The manifest as its author wrote it. */
  readonly manifestText: string;
  /** How the data were split, in words; empty where nothing is to be said. */
  readonly split: string;
}

/** Keys of a sweep's store. */
export const keys = { manifest: "manifest.json", origin: "origin.json", page: "report/index.html", markdown: "report/report.md" } as const;

/** JSON under a key. @throws CliError when it is not there */
export const readJson = async <T>(store: Store, key: string, { signal }: { signal: AbortSignal }): Promise<T> => {
  const bytes = await store.get(key, { signal });
  if (bytes === undefined) throw new CliError(exitCodes.usage, `these are no results of a sweep: ${key} is not in it`);
  const value: T = JSON.parse(new TextDecoder().decode(bytes));
  return value;
};

/** The results of one sweep. */
export interface SweepFolder {
  /** Of its folder; `s3://…` where they are in a bucket. */
  readonly path: string;
  readonly store: Store;
  readonly sweep: Sweep;
  /** With the stages that have begun. */
  readonly expansion: Expansion;
  readonly decisions: readonly Decision[];
  readonly ledger: Ledger;
}

/** The manifest that was accepted. @throws CliError, StoreError */
export const storedSweep = async (store: Store, signal: AbortSignal): Promise<Sweep> => {
  const checked = checkSweep(await readJson<unknown>(store, keys.manifest, { signal }));
  if ("sweep" in checked) return checked.sweep;
  throw new CliError(exitCodes.usage, `${keys.manifest} was written by another version of Allot: ${checked.issues[0]?.message ?? ""}`);
};

/**
 * @param folder where the store is, for people.
 * @param at the manifest at hand, which may differ from the stored one in what decides no results.
 */
export const openSweep = async (store: Store, folder: string, { signal, at }: { signal: AbortSignal; at?: Sweep }): Promise<SweepFolder> => {
  const sweep = at ?? (await storedSweep(store, signal));
  const { expansion, decisions } = await readStages(store, sweep, { signal });
  return { path: folder, store, sweep, expansion, decisions, ledger: await openLedger(store, { trials: expansion.trials, signal }) };
};
