import * as Plot from "@observablehq/plot";
import { equation, plural, scaleOf, suffixOf } from "../format.ts";
import type { ArmSummary, Comparison, Summary, Verdict } from "../summary.ts";
import { signed } from "../words.ts";
import { draw, type FigureText, ink, textWidth } from "./canvas.ts";

/** Rows a figure shows at most: those with the largest differences. */
export const EFFECT_ROWS = 40;

interface Row {
  readonly arm: ArmSummary;
  readonly comparison: Comparison;
  readonly difference: number;
}

const colors: Readonly<Record<Verdict, string>> = { better: ink.better, worse: ink.worse, undecided: ink.muted, same: ink.muted };

const y = (row: Row): number => row.arm.index;

/** Rows of the effect figure in manifest order, and how many had to be left out. */
export function effectRows({ arms, headline }: Summary): { rows: Row[]; left: number } {
  const rows = arms.flatMap((arm): Row[] => {
    const comparison = arm.comparisons[headline];
    return comparison === undefined || comparison.difference === null ? [] : [{ arm, comparison, difference: comparison.difference }];
  });
  const largest = [...rows].sort((a, b) => Math.abs(b.difference) - Math.abs(a.difference) || a.arm.index - b.arm.index).slice(0, EFFECT_ROWS);
  return { rows: largest.sort((a, b) => a.arm.index - b.arm.index), left: rows.length - largest.length };
}

/** Mean paired difference of every arm from its control with its interval, each replicate as a small dot; undefined when nothing is compared. */
export function effectFigure(summary: Summary): string | undefined {
  const { rows } = effectRows(summary);
  if (rows.length === 0) return undefined;
  const byIndex = new Map(rows.map((row) => [row.arm.index, row]));
  const unit = suffixOf(summary.headline, true).trim();
  return draw(
    {
      height: 64 + rows.length * 34,
      marginLeft: Math.min(260, 24 + Math.max(...rows.map(({ arm }) => textWidth(arm.label)))),
      marginRight: 200,
      marginTop: 24,
      marginBottom: 40,
      x: { label: `${summary.headline}, arm − control${unit === "" ? "" : ` (${unit})`}`, labelAnchor: "center", labelArrow: "none", nice: true, ticks: 7 },
      y: { domain: rows.map(y), type: "point", padding: 0.6, label: null, tickSize: 0, tickFormat: (arm: number) => byIndex.get(arm)?.arm.label ?? "" },
      marks: [
        Plot.gridX({ stroke: ink.grid, strokeOpacity: 1, ticks: 7 }),
        Plot.ruleX([0], { stroke: ink.text, strokeWidth: 1 }),
        ...effectMarks(rows, scaleOf(summary.headline)),
        beside(rows, { text: ({ comparison }) => signed(comparison, summary.headline), dy: -6, fill: ink.text, fontSize: 12 }),
        beside(rows, { text: ({ comparison }) => verdictText(comparison), dy: 8, fill: ink.muted, fontSize: 11 }),
      ],
    },
    textOf(summary, rows),
  );
}

/** Replicates as small dots, the interval as a line, the mean as a dot that is filled where the comparison is decided. */
function effectMarks(rows: readonly Row[], scale: number): Plot.Markish[] {
  const replicates = rows.flatMap((row) => row.arm.byReplicate.flatMap((value) => (value === null ? [] : [{ row, value: value * scale }])));
  const intervals = rows.flatMap((row) => (row.comparison.interval === null ? [] : [{ row, ...row.comparison.interval }]));
  const color = ({ comparison }: Row): string => colors[comparison.verdict];
  return [
    Plot.dot(replicates, { x: "value", y: ({ row }: { row: Row }) => y(row), r: 2, dy: 9, fill: ink.muted, fillOpacity: 0.65 }),
    Plot.link(intervals, {
      x1: ({ low }: { low: number }) => low * scale,
      x2: ({ high }: { high: number }) => high * scale,
      y1: ({ row }: { row: Row }) => y(row),
      y2: ({ row }: { row: Row }) => y(row),
      stroke: ({ row }: { row: Row }) => color(row),
      strokeWidth: 2.5,
    }),
    Plot.dot(rows, {
      x: ({ difference }: Row) => difference * scale,
      y,
      r: 5,
      stroke: color,
      strokeWidth: 2,
      fill: (row: Row) => (colors[row.comparison.verdict] === ink.muted ? ink.paper : color(row)),
    }),
  ];
}

/** A text right of the frame, one a row. */
function beside(rows: readonly Row[], options: { text: (row: Row) => string; dy: number; fill: string; fontSize: number }): Plot.Markish {
  return Plot.text(rows, { y, frameAnchor: "right", textAnchor: "start", dx: 14, ...options });
}

function verdictText({ verdict, correctedP }: Comparison): string {
  return `${verdict}, corrected ${equation(correctedP)}`;
}

function textOf(summary: Summary, rows: readonly Row[]): FigureText {
  const lines = rows.map(({ arm, comparison }) => `${arm.label}: ${signed(comparison, summary.headline)}, ${verdictText(comparison)}`);
  return {
    id: "effects",
    title: `Difference of ${plural(rows.length, "arm")} from the control on ${summary.headline}`,
    description: `${lines.join(". ")}.`,
  };
}
