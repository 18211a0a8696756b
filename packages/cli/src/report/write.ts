import type { Expansion } from "@allot/expansion";
import type { Ledger, Provenance } from "@allot/ledger";
import { type ClaimVerdict, renderHtml, renderMarkdown, summarise } from "@allot/report";
import { canonicalJson } from "@allot/spec";
import type { Decision } from "@allot/stages";
import type { Store } from "@allot/store";
import { keys, type Origin, readJson } from "../folder.ts";
import { summaryTable } from "./table.ts";

export interface ReportOptions {
  readonly store: Store;
  readonly expansion: Expansion;
  readonly decisions: readonly Decision[];
  readonly ledger: Ledger;
  readonly signal: AbortSignal;
}

/** What was written, and the table for the terminal. */
export interface Written {
  /** Key of the HTML page in the sweep's folder. */
  readonly page: string;
  readonly html: string;
  readonly table: string;
  readonly claims: readonly ClaimVerdict[];
}

/** Each different origin of the segments once. */
const provenances = async (ledger: Ledger, signal: AbortSignal): Promise<Provenance[]> => {
  const distinct = new Map<string, Provenance>();
  for await (const { provenance } of ledger.segments({ signal })) distinct.set(canonicalJson(provenance), provenance);
  return [...distinct.values()];
};

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Makes the report from the sweep's folder alone: the same folder gives the same bytes. */
export const writeReport = async ({ store, expansion, decisions, ledger, signal }: ReportOptions): Promise<Written> => {
  const origin: Origin = await readJson(store, keys.origin, { signal });
  const summary = await summarise({
    expansion,
    decisions,
    outcomes: ledger.outcomes({ signal }),
    curves: ledger.measurements({ signal }),
    provenance: await provenances(ledger, signal),
    manifestText: origin.manifestText,
    ...(origin.split === "" ? {} : { split: origin.split }),
  });
  const html = renderHtml(summary);
  await store.put(keys.page, encode(html), { signal });
  await store.put(keys.markdown, encode(renderMarkdown(summary)), { signal });
  return { page: keys.page, html, table: summaryTable(summary), claims: summary.claims };
};
