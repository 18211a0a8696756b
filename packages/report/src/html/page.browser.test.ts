import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import chromium from "@sparticuz/chromium";
import { type Browser, launch, type Page } from "puppeteer-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { summarise } from "../summarise.ts";
import { halfLayers } from "../testing/half-layers.ts";
import { renderHtml } from "./page.ts";

let browser: Browser;
let page: Page;
let folder: string;
const problems: string[] = [];
const requests: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "allot-report-"));
  const file = join(folder, "report.html");
  writeFileSync(file, renderHtml(await summarise(halfLayers())));
  browser = await launch({ executablePath: await chromium.executablePath(), args: [...chromium.args, "--no-sandbox"], headless: "shell" });
  page = await browser.newPage();
  page.on("console", (message) => problems.push(message.text()));
  page.on("pageerror", (error) => problems.push(String(error)));
  page.on("request", (request) => requests.push(request.url().slice(0, 5)));
  await page.setViewport({ width: 1280, height: 900 });
  await page.goto(pathToFileURL(file).href);
});

afterAll(async () => {
  await browser?.close();
  await rm(folder, { recursive: true, force: true });
});

/** What an expression is in the page, as text. */
async function read(expression: string): Promise<string> {
  return String(await page.evaluate(expression));
}

/** First cells of the main table, top to bottom, for a column. */
function column(index: number): Promise<string> {
  return read(`[...document.querySelector('table').tBodies[0].rows].map((row) => row.children[${index}].textContent).join(' ')`);
}

test("it opens without an error, and asks for nothing but itself", async () => {
  expect(await read("document.querySelector('h1').textContent")).toBe("half-layers");
  expect(await read("document.querySelector('.findings').textContent")).toContain(
    "half (width 50) is 12.39 ± 0.18 points below full (width 50) with 1.5 % of its learnable parameters",
  );
  expect(problems).toEqual([]);
  expect(requests.filter((url) => !["file:", "data:"].includes(url))).toEqual([]);
});

test("a click on a heading sorts by the number, a second click turns the order, and rows without a number stay last", async () => {
  const difference = 4;
  const heading = `document.querySelectorAll('table')[0].tHead.rows[0].children[${difference}]`;
  await page.evaluate(`${heading}.querySelector('button').click()`);
  expect(await column(difference)).toBe("−16.44 −12.93 −12.39 −0.92 −0.11 −0.06 –");
  expect(await read(`${heading}.getAttribute('aria-sort')`)).toBe("ascending");
  await page.evaluate(`${heading}.querySelector('button').click()`);
  expect(await column(difference)).toBe("−0.06 −0.11 −0.92 −12.39 −12.93 −16.44 –");
  await page.evaluate("document.querySelectorAll('table')[0].tHead.rows[0].children[1].querySelector('button').click()");
  expect(await column(1)).toBe("50 50 50 50 1000 1000 1000");
  expect(await read(`${heading}.getAttribute('aria-sort')`)).toBe("none");
});

/** WCAG contrast of a CSS variable against the paper; 4.5 for text, 3 for marks. */
const contrast = `(name) => {
  const probe = document.body.appendChild(document.createElement('i'));
  const light = (value) => {
    probe.style.color = 'var(' + value + ')';
    const [r, g, b] = getComputedStyle(probe).color.match(/[0-9.]+/g).map((part) => part / 255).map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [a, b] = [light(name), light('--paper')];
  probe.remove();
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}`;

test.each(["light", "dark"])("in %s mode text and marks stand out from the paper, and figures follow", async (scheme) => {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const paper = await read("getComputedStyle(document.body).backgroundColor");
  expect(paper).toBe(scheme === "light" ? "rgb(255, 255, 255)" : "rgb(20, 22, 26)");
  for (const name of ["--ink", "--muted", "--better", "--worse"]) expect(Number(await read(`(${contrast})('${name}')`))).toBeGreaterThanOrEqual(4.5);
  for (let i = 1; i <= 7; i++) expect(Number(await read(`(${contrast})('--series-${i}')`))).toBeGreaterThanOrEqual(3);
  const ink = await read("getComputedStyle(document.body).color");
  expect(await read("getComputedStyle([...document.querySelectorAll('figure svg text')].find((text) => text.textContent === 'half (width 50)')).fill")).toBe(
    ink,
  );
});

test("on a phone the page does not scroll sideways", async () => {
  await page.setViewport({ width: 390, height: 800 });
  expect(await read("document.documentElement.scrollWidth <= innerWidth")).toBe("true");
  await page.setViewport({ width: 1280, height: 900 });
});

test("it prints on white even in dark mode, with every figure", async () => {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "dark" }]);
  await page.emulateMediaType("print");
  expect(await read("getComputedStyle(document.body).backgroundColor")).toBe("rgb(255, 255, 255)");
  const pdf = await page.pdf({ format: "A4" });
  await page.emulateMediaType();
  expect(pdf.byteLength).toBeGreaterThan(30_000);
});

test("a picture of it has more than paper on it", async () => {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: "light" }]);
  const path: `${string}.png` = `${join(folder, "report")}.png`;
  const picture = await page.screenshot({ path });
  expect(picture.byteLength).toBeGreaterThan(30_000);
});
