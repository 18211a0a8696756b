import { plural } from "./format.ts";
import type { Summary } from "./summary.ts";

type Fact = [term: string, value: string];

function line(term: string, values: readonly string[]): Fact[] {
  return values.length === 0 ? [] : [[term, values.join("; ")]];
}

function keyed(prefix: string, record: Readonly<Record<string, readonly string[]>>): Fact[] {
  return Object.entries(record).map(([key, values]) => [`${prefix} ${key}`, values.join("; ")]);
}

/** Provenance as terms and values, for both formats. */
export function factsOf({ sources, dropped, trials }: Summary): Fact[] {
  return [
    ...line("Allot", sources.versions),
    ...line("engine", sources.engines),
    ...line("manifest sha256", sources.manifests),
    ...line("manifest commit", sources.commits),
    ...line("lockfile sha256", sources.lockfiles),
    ...line("split", sources.split === null ? [] : [sources.split]),
    ...keyed("data", sources.data),
    ...keyed("host", sources.hosts),
    [
      "reused",
      sources.reused === 0
        ? "none: every trial was trained for this sweep"
        : `${plural(sources.reused, "trial")} of ${trials} taken from earlier results by identity`,
    ],
    ...dropped.map(({ rule, count }): Fact => ["dropped points", `${count} by ${rule}`]),
  ];
}
