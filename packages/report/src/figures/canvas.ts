import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import { escapeHtml } from "../html/markup.ts";

/** What a figure is called and says, for those who don't see it. */
export interface FigureText {
  /** Unique in the page: prefix of its ids. */
  readonly id: string;
  readonly title: string;
  readonly description: string;
}

/** Width of every figure, in CSS pixels; they shrink with the page. */
export const WIDTH = 820;

/** Colours are CSS variables of the page, so that a figure follows dark mode and print. */
export const ink = { text: "var(--ink)", muted: "var(--muted)", grid: "var(--grid)", better: "var(--better)", worse: "var(--worse)", paper: "var(--paper)" };

/** Colour and dash of the i-th arm of a figure; dashes tell arms apart without colour. */
export function seriesStyle(i: number): { color: string; dash: string } {
  const dashes = ["none", "7 3", "2 3", "9 3 2 3", "4 2", "12 4"];
  return { color: `var(--series-${(i % 7) + 1})`, dash: dashes[i % dashes.length]! };
}

/** Estimated width of a text in the figures' 12-pixel font. */
export function textWidth(text: string): number {
  return text.length * 6.6;
}

/** Draws without a browser. The same options give the same bytes: no ids of Plot's own, numbers rounded to 3 decimals. */
export function draw(options: Plot.PlotOptions, { id, title, description }: FigureText): string {
  const { document } = parseHTML("<!doctype html><html><body></body></html>");
  const figure = Plot.plot({
    width: WIDTH,
    className: "plot",
    color: { type: "identity" },
    style: { fontSize: "12px", overflow: "visible" },
    ...options,
    document,
  });
  const svg = rounded(figure.outerHTML);
  const label = `<title id="${id}-title">${escapeHtml(title)}</title><desc id="${id}-desc">${escapeHtml(description)}</desc>`;
  return svg.replace(/^<svg([^>]*)>/, `<svg$1 role="img" aria-labelledby="${id}-title ${id}-desc">${label}`);
}

function rounded(svg: string): string {
  return svg.replace(/<[^>]+>/g, (tag) => tag.replace(/-?\d+\.\d{4,}(e[-+]?\d+)?/g, (number) => String(Number(Number(number).toFixed(3)))));
}

/** Ticks of a log axis, nine at most or so: 1, 2 and 5 of each decade, or whole decades, or every few of them. */
export function decadeTicks([low, high]: readonly [number, number]): number[] {
  const first = Number(low.toExponential().split("e")[1]);
  const last = Number(high.toExponential().split("e")[1]);
  const steps = last - first > 2 ? [1] : [1, 2, 5];
  const stride = Math.ceil((last - first + 1) / 9);
  const all = Array.from({ length: Math.floor((last - first) / stride) + 1 }, (_, i) => steps.map((step) => Number(`${step}e${last - i * stride}`))).flat();
  return all.filter((value) => value >= low && value <= high).sort((a, b) => a - b);
}

/** A scale type for positive values that span more than a factor of `ratio`. */
export function spansDecades(values: readonly number[], ratio = 30): boolean {
  const smallest = Math.min(...values);
  return smallest > 0 && Math.max(...values) / smallest > ratio;
}
