import type { Provenance } from "@allot/ledger";
import type { Sources } from "./summary.ts";

/** Where a report's figures come from. */
export interface Origins {
  /** Of every segment, or the distinct ones. */
  readonly provenance: Provenance | readonly Provenance[];
  /** The manifest as it was written. */
  readonly manifestText?: string;
  /** How the data were split, in words. */
  readonly split?: string;
}

/** Distinct facts of all segments, sorted, so that their order doesn't show. */
export function sourcesOf({ provenance, manifestText, split }: Origins, reused: number): Sources {
  const all: readonly Provenance[] = isList(provenance) ? provenance : [provenance];
  const each = (read: (from: Provenance) => string | undefined): string[] => distinct(all.map(read));
  return {
    versions: each(({ allot }) => allot),
    lockfiles: each(({ lockfile }) => lockfile),
    manifests: each(({ manifest }) => manifest),
    engines: each(({ engine }) => `${engine.name} ${engine.version} (numerics ${engine.numerics})`),
    commits: each(({ git }) => (git === undefined ? undefined : `${git.commit}${git.dirty ? " with uncommitted changes" : ""}`)),
    data: byKey(all.map(({ data }) => data)),
    hosts: byKey(all.map(({ host }) => host)),
    reused,
    split: split ?? null,
    manifestText: manifestText ?? null,
  };
}

function isList(provenance: Provenance | readonly Provenance[]): provenance is readonly Provenance[] {
  return Array.isArray(provenance);
}

function distinct(values: readonly (string | undefined)[]): string[] {
  return [...new Set(values.filter((value) => value !== undefined))].sort();
}

function byKey(records: readonly Readonly<Record<string, string>>[]): Record<string, string[]> {
  const keys = distinct(records.flatMap((record) => Object.keys(record)));
  return Object.fromEntries(keys.map((key) => [key, distinct(records.map((record) => record[key]))]));
}
