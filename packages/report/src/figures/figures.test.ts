import { beforeAll, describe, expect, test } from "vitest";
import { summarise } from "../summarise.ts";
import type { Summary } from "../summary.ts";
import { allocations } from "../testing/allocations.ts";
import { halfLayers } from "../testing/half-layers.ts";
import { decadeTicks, spansDecades } from "./canvas.ts";
import { curveFigure, curveSeries } from "./curves.ts";
import { effectFigure, effectRows } from "./effects.ts";
import { frontierFigure } from "./frontier.ts";

let layers: Summary;
let decoder: Summary;

beforeAll(async () => {
  [layers, decoder] = await Promise.all([summarise(halfLayers()), summarise(allocations())]);
});

/** One tag a line, so that a changed figure is a readable difference. */
function lines(svg: string | undefined): string {
  return `${(svg ?? "").replaceAll("><", ">\n<")}\n`;
}

describe("figures are drawn the same, to the byte, as when they were last looked at", () => {
  test("effects", async () => {
    await expect(lines(effectFigure(layers))).toMatchFileSnapshot("golden/effects.svg");
  });

  test("learning curves in panels", async () => {
    await expect(lines(curveFigure(layers.curves[0]!, layers))).toMatchFileSnapshot("golden/curves-panels.svg");
  });

  test("learning curves over each other, on a log axis", async () => {
    await expect(lines(curveFigure(decoder.curves[0]!, decoder))).toMatchFileSnapshot("golden/curves-log.svg");
  });

  test("quality against learnable parameters", async () => {
    await expect(lines(frontierFigure(layers.frontiers[0]!, layers))).toMatchFileSnapshot("golden/frontier.svg");
  });
});

test("a figure says in words what it shows, and escapes what it is given", () => {
  const [first, ...rest] = layers.arms;
  const hostile = { ...layers, arms: [first!, { ...rest[0]!, label: "<script>alert('x')</script>" }, ...rest.slice(1)] };
  const svg = effectFigure(hostile)!;
  expect(svg).toContain('role="img" aria-labelledby="effects-title effects-desc"');
  expect(svg).toContain("half (width 1000): −0.06 ± 0.10 points, undecided, corrected p = 0.19.");
  expect(svg).not.toContain("<script>");
});

test("no number in a figure has more than three decimals", () => {
  const tags = [effectFigure(layers)!, curveFigure(layers.curves[0]!, layers), frontierFigure(layers.frontiers[0]!, layers)].join("").match(/<[^>]+>/g)!;
  expect(tags.length).toBeGreaterThan(200);
  expect(tags.filter((tag) => /\d\.\d{4}/.test(tag))).toEqual([]);
});

test("beyond forty arms the largest differences are shown and the rest counted", () => {
  const [control, arm] = layers.arms;
  const comparison = arm!.comparisons["test.accuracy"]!;
  const many = Array.from({ length: 50 }, (_, i) => ({
    ...arm!,
    index: i + 1,
    comparisons: { "test.accuracy": { ...comparison, difference: (i % 2 === 0 ? 1 : -1) * i } },
  }));
  const { rows, left } = effectRows({ ...layers, arms: [control!, ...many] });
  expect(left).toBe(10);
  expect(rows.map((row) => row.arm.index)).toEqual(Array.from({ length: 40 }, (_, i) => i + 11));
});

test("the control is drawn in ink and every other arm has its own colour and dash", () => {
  const series = curveSeries(decoder.curves[0]!, decoder)!;
  expect(series.map(({ color }) => color)).toEqual(["var(--ink)", "var(--series-1)", "var(--series-2)", "var(--series-3)", "var(--series-4)"]);
  expect(new Set(series.slice(1).map(({ dash }) => dash)).size).toBe(4);
  expect(curveSeries(layers.curves[0]!, layers)).toBeUndefined();
});

test("a log axis is for positive values over many decades, and has few ticks", () => {
  expect([spansDecades([1, 40]), spansDecades([1, 20]), spansDecades([0, 40]), spansDecades([-1, 40])]).toEqual([true, false, false, false]);
  expect(decadeTicks([300, 60000])).toEqual([500, 1000, 2000, 5000, 10000, 20000, 50000]);
  expect(decadeTicks([1e-28, 2])).toEqual([1e-28, 1e-24, 1e-20, 1e-16, 1e-12, 1e-8, 1e-4, 1]);
});
