import { claimsTable } from "./claims/table.ts";
import { factsOf } from "./facts.ts";
import { methodOf } from "./method.ts";
import { screeningTables } from "./screening-table.ts";
import type { Summary } from "./summary.ts";
import { armsTable, choicesTable, failuresTable, metricsTable, noiseTable, type Table, testsTable, trialsTable } from "./table.ts";

/** The report as Markdown: the same words and tables as the HTML file, without figures. */
export function renderMarkdown(summary: Summary): string {
  const { findings, notes, arms, sources } = summary;
  const told = arms.filter(({ finding }) => finding !== "").map(({ finding }) => finding);
  const tables = [
    claimsTable(summary),
    armsTable(summary),
    ...screeningTables(summary),
    choicesTable(summary),
    metricsTable(summary),
    testsTable(summary),
    noiseTable(summary),
    failuresTable(summary),
    trialsTable(summary),
  ];
  const blocks = [
    `# ${inline(summary.name)}: ablation report`,
    ...findings.map(inline),
    bullets(told),
    bullets(notes),
    ...tables.flatMap((table) => (table === undefined ? [] : [`## ${table.title}`, tableText(table)])),
    "## Method",
    bullets(methodOf(summary)),
    "## Provenance",
    bullets(factsOf(summary).map(([term, value]) => `${term}: ${value}`)),
    ...(sources.manifestText === null ? [] : [fenced(sources.manifestText)]),
  ];
  return `${blocks.filter((block) => block !== "").join("\n\n")}\n`;
}

function rowText(cells: readonly string[]): string {
  return `| ${cells.map((cell) => inline(cell).replaceAll("|", "\\|")).join(" | ")} |`;
}

function tableText({ columns, rows, left }: Table): string {
  const rule = `|${columns.map(({ numeric }) => (numeric ? " ---: |" : " --- |")).join("")}`;
  const body = [rowText(columns.map(({ name }) => name)), rule, ...rows.map(({ cells }) => rowText(cells.map(({ text }) => text)))].join("\n");
  return left === 0 ? body : `${body}\n\n${left} more rows are in the sweep's results.`;
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${inline(line)}`).join("\n");
}

/** One line of text in which nothing is markup. */
function inline(text: string): string {
  return text.replace(/\s*\n\s*/g, " ").replace(/[\\`*_[\]<>]/g, (character) => `\\${character}`);
}

/** A fence longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}yaml\n${text.trimEnd()}\n${fence}`;
}
