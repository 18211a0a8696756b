import { factsOf } from "../facts.ts";
import type { Summary } from "../summary.ts";
import { empty, html, type Markup } from "./markup.ts";

/** Where the numbers come from, and the manifest itself. */
export function sourcesMarkup(summary: Summary): Markup {
  const facts = factsOf(summary).map(([term, value]) => html`<dt>${term}</dt><dd>${/^[0-9a-f]{32,}$/.test(value) ? html`<code>${value}</code>` : value}</dd>`);
  const { manifestText } = summary.sources;
  const manifest = manifestText === null ? empty : html`<details open><summary>Manifest</summary><pre><code>${manifestText}</code></pre></details>`;
  return html`<dl class="sources">${facts}</dl>${manifest}`;
}
