import { parseHTML } from "linkedom";
import { beforeAll, expect, test } from "vitest";
import { renderMarkdown } from "../markdown.ts";
import { summarise } from "../summarise.ts";
import type { Summary } from "../summary.ts";
import { halfLayers } from "../testing/half-layers.ts";
import { escapeHtml, html } from "./markup.ts";
import { renderHtml } from "./page.ts";

let summary: Summary;

beforeAll(async () => {
  summary = await summarise(halfLayers());
});

/** The summary with one text in every place that a manifest, an outcome or a host can fill. */
function filledWith(text: string): Summary {
  const renamed = summary.arms.map((arm) => ({
    ...arm,
    label: text,
    name: text,
    labels: { unit: text, width: text },
    finding: arm.finding === "" ? "" : text,
  }));
  const failures = summary.failures.map((group) => ({ ...group, failure: text, message: text }));
  const sources = {
    ...summary.sources,
    versions: [text],
    engines: [text],
    commits: [text],
    hosts: { [text]: [text] },
    data: { [text]: [text] },
    split: text,
    manifestText: text,
  };
  const factors = summary.factors.map((factor) => ({ ...factor, short: text }));
  return { ...summary, name: text, arms: renamed, failures, sources, factors, notes: [text], findings: [text, text], dropped: [{ rule: text, count: 1 }] };
}

test("nothing that a person wrote becomes markup", () => {
  const page = renderHtml(filledWith(`"><script>alert(1)</script><img src=x onerror='alert(1)'>&amp;`));
  const { document } = parseHTML(page);
  expect(document.querySelectorAll("script")).toHaveLength(1);
  expect(document.querySelectorAll("img")).toHaveLength(0);
  expect(document.querySelector("h1")?.textContent).toContain("<script>alert(1)</script>");
  expect(document.querySelector("pre")?.textContent).toContain("&amp;");
});

test("the template tag escapes values, not markup, and takes lists of markup", () => {
  expect(html`<p title="${`"'`}">${html`<b>${"<&>"}</b>`}${[html`<i>1</i>`, html`<i>${2}</i>`]}</p>`.markup).toBe(
    '<p title="&#34;&#39;"><b>&#60;&#38;&#62;</b><i>1</i><i>2</i></p>',
  );
  expect(escapeHtml("a'b")).toBe("a&#39;b");
});

test("the page loads nothing: no address outside itself", () => {
  const page = renderHtml(summary);
  expect(page).toContain("default-src 'none'");
  expect(page.replaceAll("http://www.w3.org/2000/svg", "").replaceAll("http://www.w3.org/1999/xlink", "")).not.toMatch(/https?:|src=|@import|url\(/);
});

test("the same summary gives the same bytes, whatever was rendered before", async () => {
  const first = renderHtml(summary);
  renderHtml(filledWith("other"));
  expect(renderHtml(await summarise(halfLayers()))).toBe(first);
});

test("every table cell sits under a heading, and every figure has a title and a description", () => {
  const { document } = parseHTML(renderHtml(summary));
  const tables = [...document.querySelectorAll("table")];
  expect(tables).toHaveLength(6);
  for (const table of tables) {
    const columns = table.querySelectorAll("thead th").length;
    expect([...table.querySelectorAll("tbody tr")].map((row) => row.children.length)).toEqual(Array.from(table.querySelectorAll("tbody tr"), () => columns));
  }
  const figures = [...document.querySelectorAll("figure > svg")];
  expect(figures).toHaveLength(4);
  expect(figures.filter((svg) => (svg.querySelector("desc")?.textContent ?? "").length < 80)).toEqual([]);
  const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
});

test("the Markdown says what the page says", async () => {
  await expect(renderMarkdown(summary)).toMatchFileSnapshot("../golden/half-layers.md");
});

test("text in Markdown is text: no markup, no broken table, no closed fence", () => {
  const text = renderMarkdown(filledWith("a|b *c* <d> `e`\n```\n# f"));
  expect(text).toContain("\n````yaml\na|b *c* <d> `e`\n```\n# f\n````\n");
  expect(text.split("\n").filter((line) => line.startsWith("# "))).toEqual(["# a|b \\*c\\* \\<d\\> \\`e\\` \\`\\`\\` # f: ablation report", "# f"]);
  expect(text).toContain("| a\\|b \\*c\\* \\<d\\> \\`e\\` \\`\\`\\` # f | a\\|b");
});
