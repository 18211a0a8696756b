import * as Plot from "@observablehq/plot";
import { fixed, plural, scaleOf, suffixOf, tickText, withSpread } from "../format.ts";
import type { CurveFigure, CurvePoint, Summary } from "../summary.ts";
import { decadeTicks, draw, ink, seriesStyle, spansDecades } from "./canvas.ts";

/** Arms drawn over each other; with more, each arm gets a panel beside its control. */
const OVERLAID = 5;

/** How an arm is drawn: the control in ink, the others in the palette's order. */
export interface CurveSeries {
  readonly arm: number;
  readonly label: string;
  readonly color: string;
  readonly dash: string;
  readonly points: readonly CurvePoint[];
}

/** Series of one overlaid figure, for its legend; undefined where panels are drawn instead. */
export function curveSeries(figure: CurveFigure, { arms }: Summary): CurveSeries[] | undefined {
  if (figure.arms.length > OVERLAID) return undefined;
  let used = 0;
  return figure.arms.map(({ arm, points }) => {
    const { control, label } = arms[arm]!;
    const style = control === null && used === 0 ? { color: ink.text, dash: "none" } : seriesStyle(used++);
    return { arm, label, points, ...style };
  });
}

interface Drawn {
  readonly step: number;
  readonly middle: number;
  readonly low: number;
  readonly high: number;
  readonly series: string;
  readonly panel: string;
  readonly color: string;
  readonly dash: string;
}

/** True where a figure has a log axis: it then shows medians and quartiles, which a logarithm doesn't bend. */
export function isLogarithmic({ metric, arms }: CurveFigure): boolean {
  return scaleOf(metric) === 1 && spansDecades(arms.flatMap(({ points }) => points.map(({ quartiles }) => quartiles[1])));
}

/** Mean of the chosen trials by step with a band of one sample std over replicates; on a log axis the median with a band of quartiles. */
export function curveFigure(figure: CurveFigure, summary: Summary): string {
  const log = isLogarithmic(figure);
  const series = curveSeries(figure, summary);
  const rows = series === undefined ? panels(figure, summary) : series.flatMap((one) => drawn(one, { panel: "", figure }));
  // A log axis ends below the smallest median, and cuts bands that reach further.
  const domain: [number, number] = [Math.min(...rows.map(({ middle }) => middle)) / 2, Math.max(...rows.map(({ high }) => high)) * 1.2];
  const y = log ? { type: "log" as const, domain } : { nice: true };
  const ticks = log ? decadeTicks(domain) : 5;
  const unit = suffixOf(figure.metric).trim();
  const layout = series === undefined ? panelLayout(rows) : { height: 340, facet: {}, titles: [] };
  return draw(
    {
      height: layout.height,
      marginLeft: 60,
      marginRight: 16,
      marginTop: 28,
      marginBottom: 40,
      x: { label: "step", labelAnchor: "center", labelArrow: "none", ticks: series === undefined ? 3 : 7, tickFormat: (step: number) => fixed(step, 0) },
      y: { ...y, axis: null },
      fx: { axis: null, padding: 0.12 },
      fy: { axis: null, padding: 0.22 },
      marks: [
        Plot.gridY({ stroke: ink.grid, strokeOpacity: 1, ticks }),
        Plot.axisY({
          ticks,
          text: (value: number) => tickText(value),
          label: series === undefined ? null : `${figure.metric}${unit === "" ? "" : ` (${unit})`}`,
          labelArrow: "none",
        }),
        ...bands(rows, { facet: layout.facet, floor: log ? domain[0] : Number.NEGATIVE_INFINITY }),
        ...layout.titles,
      ],
    },
    {
      id: `curves-${figure.metric.replace(/[^A-Za-z0-9]/g, "-")}`,
      title: `Learning curves of ${plural(figure.arms.length, "arm")}: ${figure.metric}`,
      description: `${figure.arms.map((curve) => endOf(curve, { summary, metric: figure.metric })).join(". ")}.`,
    },
  );
}

type Facet = { fx?: (row: Drawn) => number; fy?: (row: Drawn) => number };

/** One band and one line a series, bands below. */
function bands(rows: readonly Drawn[], { facet, floor }: { facet: Facet; floor: number }): Plot.Markish[] {
  const groups = [...new Set(rows.map(({ series }) => series))].map((series) => rows.filter((row) => row.series === series));
  return [
    ...groups.map((group) =>
      Plot.areaY(group, { ...facet, x: "step", y1: ({ low }: Drawn) => Math.max(low, floor), y2: "high", fill: group[0]!.color, fillOpacity: 0.15 }),
    ),
    ...groups.map((group) => Plot.lineY(group, { ...facet, x: "step", y: "middle", stroke: group[0]!.color, strokeWidth: 2, strokeDasharray: group[0]!.dash })),
  ];
}

/** Panels in four columns, each under its arm's name. */
function panelLayout(rows: readonly Drawn[]): { height: number; facet: Facet; titles: Plot.Markish[] } {
  const columns = 4;
  const names = [...new Set(rows.map(({ panel }) => panel))];
  const fx = (panel: string): number => names.indexOf(panel) % columns;
  const fy = (panel: string): number => Math.floor(names.indexOf(panel) / columns);
  return {
    height: 60 + Math.ceil(names.length / columns) * 130,
    facet: { fx: ({ panel }) => fx(panel), fy: ({ panel }) => fy(panel) },
    titles: [Plot.text(names, { text: (panel: string) => panel, fx, fy, frameAnchor: "top-left", dy: -14, fill: ink.text })],
  };
}

function endOf({ arm, points }: CurveFigure["arms"][number], { summary, metric }: { summary: Summary; metric: string }): string {
  const last = points.at(-1)!;
  return `${summary.arms[arm]!.label} ends at ${withSpread(metric, last.mean, last.std)}${suffixOf(metric)} after ${plural(last.step, "step")}`;
}

function drawn(series: CurveSeries, { panel, figure }: { panel: string; figure: CurveFigure }): Drawn[] {
  const scale = scaleOf(figure.metric);
  const log = isLogarithmic(figure);
  return series.points.map(({ step, mean, std, quartiles }) => {
    return {
      step,
      middle: (log ? quartiles[1] : mean) * scale,
      low: (log ? quartiles[0] : mean - (std ?? 0)) * scale,
      high: (log ? quartiles[2] : mean + (std ?? 0)) * scale,
      series: `${panel}/${series.arm}`,
      panel,
      color: series.color,
      dash: series.dash,
    };
  });
}

function panels(figure: CurveFigure, { arms }: Summary): Drawn[] {
  const curves = new Map(figure.arms.map(({ arm, points }) => [arm, points]));
  return figure.arms.flatMap(({ arm, points }) => {
    const { label, control } = arms[arm]!;
    const own = { arm, label, points, color: control === null ? ink.text : "var(--series-1)", dash: "none" };
    const other = control === null ? undefined : curves.get(control);
    const at = { panel: label, figure };
    return [...(other === undefined ? [] : drawn({ arm: control!, label: "", points: other, color: ink.muted, dash: "4 3" }, at)), ...drawn(own, at)];
  });
}
