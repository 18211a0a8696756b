import * as Plot from "@observablehq/plot";
import { scaleOf, single, suffixOf, tickText, unitOf, withSpread } from "../format.ts";
import type { Frontier, Summary } from "../summary.ts";
import { type Axis, axis } from "./axis.ts";
import { draw, ink, spansDecades, textWidth, WIDTH } from "./canvas.ts";
import { placeLabels } from "./placement.ts";

/** Arms that are all named; with more, only those on the front are. */
const NAMED = 16;
const HEIGHT = 380;
const MARGIN = { left: 64, right: 40, top: 28, bottom: 44 };

/** An arm in written units. */
interface Dot {
  readonly label: string;
  readonly optimal: boolean;
  readonly x: number;
  readonly y: number;
  readonly low: number;
  readonly high: number;
}

interface Axes {
  readonly x: Axis;
  readonly y: Axis;
}

/** The headline metric against a tradeoff: one dot an arm, the front as a stepped line. */
export function frontierFigure(frontier: Frontier, summary: Summary): string {
  const dots = dotsOf(frontier, summary);
  const axes = axesOf(dots, summary);
  const { x, y } = axes;
  const front = dots.filter(({ optimal }) => optimal).sort((a, b) => a.x - b.x);
  const minimized = frontier.direction === "minimize";
  return draw(
    {
      height: HEIGHT,
      marginLeft: MARGIN.left,
      marginRight: MARGIN.right,
      marginTop: MARGIN.top,
      marginBottom: MARGIN.bottom,
      x: { type: x.type, domain: x.domain, axis: null },
      y: { type: y.type, domain: y.domain, axis: null },
      marks: [
        ...axisMarks(axes, { x: axisName(frontier.metric, x.type), y: axisName(summary.headline, y.type) }),
        Plot.line(front, { x: "x", y: "y", curve: minimized ? "step-after" : "step-before", stroke: ink.better, strokeWidth: 1.5, strokeDasharray: "4 3" }),
        ...(y.type === "log" ? [] : [Plot.link(dots, { x1: "x", x2: "x", y1: "low", y2: "high", stroke: ink.muted, strokeWidth: 1.5 })]),
        Plot.dot(dots, { x: "x", y: "y", r: 5, strokeWidth: 2, stroke: (dot: Dot) => edge(dot), fill: (dot: Dot) => (dot.optimal ? edge(dot) : ink.paper) }),
        ...labelMarks(dots, { axes, path: pathPoints(front, { axes, minimized }) }),
      ],
    },
    {
      id: `frontier-${frontier.metric.replace(/[^A-Za-z0-9]/g, "-")}`,
      title: `${summary.headline} against ${frontier.metric}`,
      description: `${frontier.points.map((point) => describe(point, { frontier, summary })).join(". ")}.`,
    },
  );
}

function edge({ optimal }: Dot): string {
  return optimal ? ink.better : ink.muted;
}

function dotsOf(frontier: Frontier, { headline, arms }: Summary): Dot[] {
  const scale = scaleOf(headline);
  return frontier.points.map(({ arm, optimal, cost, quality, std }) => ({
    label: arms[arm]!.label,
    optimal,
    x: cost * scaleOf(frontier.metric),
    y: quality * scale,
    low: (quality - (std ?? 0)) * scale,
    high: (quality + (std ?? 0)) * scale,
  }));
}

function axesOf(dots: readonly Dot[], { headline }: Summary): Axes {
  const qualities = dots.map(({ y }) => y);
  const log = scaleOf(headline) === 1 && spansDecades(qualities, 100);
  const costs = dots.map(({ x }) => x);
  return {
    x: axis(costs, { from: MARGIN.left, to: WIDTH - MARGIN.right }),
    y: axis(log ? qualities : dots.flatMap(({ low, high }) => [low, high]), { from: HEIGHT - MARGIN.bottom, to: MARGIN.top, log }),
  };
}

/** Texts of ticks are given: the axis of a log scale would leave some out. */
function axisMarks({ x, y }: Axes, names: { x: string; y: string }): Plot.Markish[] {
  return [
    Plot.axisX({ ticks: x.ticks, text: tickText, label: names.x, labelAnchor: "center", labelArrow: "none" }),
    Plot.axisY({ ticks: y.ticks, text: tickText, label: names.y, labelArrow: "none" }),
    Plot.gridX({ stroke: ink.grid, strokeOpacity: 1, ticks: x.ticks }),
    Plot.gridY({ stroke: ink.grid, strokeOpacity: 1, ticks: y.ticks }),
  ];
}

interface Pixel {
  readonly x: number;
  readonly y: number;
}

/** Names beside their dots, with a thin line to those that had to go further away. */
function labelMarks(dots: readonly Dot[], { axes: { x, y }, path }: { axes: Axes; path: readonly Pixel[] }): Plot.Markish[] {
  const named = dots.filter(({ optimal }) => optimal || dots.length <= NAMED);
  const pixel = (dot: Dot): Pixel => ({ x: x.at(dot.x), y: y.at(dot.y) });
  const labels = placeLabels(
    named.map((dot) => ({ text: dot.label, ...pixel(dot), width: textWidth(dot.label) })),
    {
      obstacles: [...dots.map((dot) => ({ ...pixel(dot), radius: 6 })), ...path.map((point) => ({ ...point, radius: 2 }))],
      left: MARGIN.left + 6,
      right: WIDTH - 4,
      top: MARGIN.top - 10,
      bottom: HEIGHT - MARGIN.bottom,
    },
  );
  const leaders = labels.flatMap(({ dx, dy }, i) => {
    const { x: x1, y: y1 } = named[i]!;
    return Math.abs(dy) < 20 ? [] : [{ x1, y1, x2: x.from(x.at(x1) + 0.9 * dx), y2: y.from(y.at(y1) + 0.85 * dy) }];
  });
  return [
    Plot.link(leaders, { x1: "x1", x2: "x2", y1: "y1", y2: "y2", stroke: ink.muted, strokeWidth: 0.75 }),
    ...labels.map(({ text, dx, dy, anchor }, i) =>
      Plot.text([named[i]!], { x: "x", y: "y", text: () => text, dx, dy, textAnchor: anchor, fill: ink.text, stroke: ink.paper, strokeWidth: 4 }),
    ),
  ];
}

/** Points every few pixels along the stepped front, for labels to keep off. */
function pathPoints(front: readonly Dot[], { axes, minimized }: { axes: Axes; minimized: boolean }): Pixel[] {
  const pixels = front.map((dot) => ({ x: axes.x.at(dot.x), y: axes.y.at(dot.y) }));
  return pixels.slice(1).flatMap((to, i) => {
    const from = pixels[i]!;
    const corner = minimized ? { x: to.x, y: from.y } : { x: from.x, y: to.y };
    return [...between(from, corner), ...between(corner, to)];
  });
}

function between(from: Pixel, to: Pixel): Pixel[] {
  const pieces = Math.ceil((Math.abs(to.x - from.x) + Math.abs(to.y - from.y)) / 8);
  return Array.from({ length: pieces }, (_, i) => ({ x: from.x + ((to.x - from.x) * i) / pieces, y: from.y + ((to.y - from.y) * i) / pieces }));
}

function describe(point: Frontier["points"][number], { frontier, summary }: { frontier: Frontier; summary: Summary }): string {
  const quality = `${withSpread(summary.headline, point.quality, point.std)}${suffixOf(summary.headline)}`;
  return `${summary.arms[point.arm]!.label}: ${quality} at ${single(frontier.metric, point.cost)}${point.optimal ? ", on the front" : ""}`;
}

function axisName(metric: string, type: string): string {
  const unit = unitOf(metric) === "count" ? "" : suffixOf(metric).trim();
  const notes = [unit, type === "log" ? "log scale" : ""].filter((note) => note !== "");
  return notes.length === 0 ? metric : `${metric} (${notes.join(", ")})`;
}
