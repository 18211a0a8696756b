import { claimsTable } from "../claims/table.ts";
import { fixed, plural } from "../format.ts";
import { methodOf } from "../method.ts";
import { screeningTables } from "../screening-table.ts";
import type { ArmSummary, Summary } from "../summary.ts";
import { armsTable, choicesTable, failuresTable, metricsTable, noiseTable, type Table, testsTable, trialsTable } from "../table.ts";
import { curvesMarkup, effectsMarkup, frontierMarkup } from "./figures.ts";
import { empty, html, type Markup, raw } from "./markup.ts";
import { sourcesMarkup } from "./sources.ts";
import { script, style } from "./style.ts";
import { tableMarkup } from "./tables.ts";

/** Sentences listed at the top at most; the table has every arm. */
const FINDINGS = 20;

/** Rows of a secondary table that are shown at once. */
const UNFOLDED = 60;

/**
 * The report as one self-contained HTML file: no network, no server, readable without its script, in light, dark and print.
 * The same summary gives the same bytes.
 */
export function renderHtml(summary: Summary): string {
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${summary.name} – ablation report</title>
<style>${raw(style)}</style>
</head>
<body>
${head(summary)}
<main>
${optional(claimsTable(summary))}
${findings(summary)}
${section("Effects", effectsMarkup(summary))}
${section("Arms", tableMarkup(armsTable(summary)))}
${screeningTables(summary).map(optional)}
${section("Learning curves", { markup: summary.curves.map((figure) => curvesMarkup(figure, summary).markup).join("\n") })}
${section("Quality and cost", { markup: summary.frontiers.map((frontier) => frontierMarkup(frontier, summary).markup).join("\n") })}
${optional(choicesTable(summary))}
${optional(metricsTable(summary))}
${optional(testsTable(summary))}
${optional(noiseTable(summary))}
${optional(failuresTable(summary))}
${optional(trialsTable(summary))}
${section("Method", list(methodOf(summary)))}
${section("Provenance", sourcesMarkup(summary))}
</main>
<footer>Written by Allot ${summary.sources.versions.join(", ")} from the sweep’s sealed segments.</footer>
<script>${raw(script)}</script>
</body>
</html>
`;
  return page.markup;
}

function head({ name, stage, arms, replicates, trials, counts, findings: [first = ""], headline }: Summary): Markup {
  const facts: [string, string, string][] = [
    ...(stage === null ? [] : [[`stage (${stage.number} of ${stage.of})`, stage.name, ""] as [string, string, string]]),
    ["arms", fixed(arms.length, 0), ""],
    ["replicates", fixed(replicates, 0), ""],
    ["trials", fixed(trials, 0), ""],
    ["succeeded", fixed(counts.succeeded, 0), ""],
    ["failed", fixed(counts.failed, 0), counts.failed > 0 ? "alert" : ""],
    ...(counts.pruned > 0 ? [["pruned", fixed(counts.pruned, 0), ""] as [string, string, string]] : []),
    ...(counts.pending > 0 ? [["pending", fixed(counts.pending, 0), "alert"] as [string, string, string]] : []),
  ];
  return html`<header>
<p class="kind">Ablation report</p>
<h1>${name}</h1>
<p class="lead">${first}</p>
<dl class="facts">${facts.map(([term, value, kind]) => html`<div class="${kind}"><dt>${term}</dt><dd>${value}</dd></div>`)}<div><dt>reported metric</dt><dd>${headline}</dd></div></dl>
</header>`;
}

function findings({ arms, findings: [, ...more], notes, headline }: Summary): Markup {
  const told = arms.filter(({ finding }) => finding !== "");
  const items = foremost(told, headline).map((arm) => {
    const verdict = arm.comparisons[headline]?.verdict ?? "undecided";
    return html`<li><span class="mark ${verdict}" aria-hidden="true">${marks[verdict]}</span>${arm.finding}</li>`;
  });
  const left = told.length > FINDINGS ? html`<p class="caption">${plural(told.length - FINDINGS, "more arm")} in the table.</p>` : empty;
  return html`<section><h2>What the data say</h2>
<ul class="findings">${items}</ul>${left}
${more.map((line) => html`<p>${line}</p>`)}
<h3>Notes</h3>
${list(notes)}</section>`;
}

/** The arms whose sentences are listed: all, or those with a verdict and then the largest effects; in manifest order. */
function foremost(told: readonly ArmSummary[], headline: string): readonly ArmSummary[] {
  const decided = ({ comparisons }: ArmSummary): number => Number(comparisons[headline]?.verdict !== "undecided");
  const size = ({ comparisons }: ArmSummary): number => Math.abs(comparisons[headline]?.dz ?? 0);
  const first = [...told].sort((a, b) => decided(b) - decided(a) || size(b) - size(a) || a.index - b.index).slice(0, FINDINGS);
  return first.sort((a, b) => a.index - b.index);
}

const marks: Readonly<Record<NonNullable<ArmSummary["comparisons"][string]>["verdict"], string>> = { better: "▲", worse: "▼", undecided: "○", same: "=" };

function list(lines: readonly string[]): Markup {
  return lines.length === 0 ? empty : html`<ul>${lines.map((line) => html`<li>${line}</li>`)}</ul>`;
}

function section(title: string, body: Markup): Markup {
  return body.markup === "" ? empty : html`<section><h2>${title}</h2>${body}</section>`;
}

/** A table of its own section, folded away when it is long. */
function optional(table: Table | undefined): Markup {
  if (table === undefined) return empty;
  const { length } = table.rows;
  const markup = tableMarkup(table);
  return section(table.title, length <= UNFOLDED ? markup : html`<details><summary>${plural(length, "row")}</summary>${markup}</details>`);
}
