import { decimalsOf, derivedPath, fixed, isDerived, probability, suffixOf, unitOf, withSpread } from "./format.ts";
import { assignmentText, labelText } from "./names.ts";
import { distance } from "./noise.ts";
import type { ArmSummary, Comparison, Spread, Summary } from "./summary.ts";
import { halfWidth, verdictText } from "./words.ts";

/** A cell: its text, and for a number the value that sorts it. */
export interface Cell {
  readonly text: string;
  readonly value?: number;
  readonly kind?: string;
}

/** A table without a format: HTML and Markdown are written from the same cells. */
export interface Table {
  readonly title: string;
  readonly columns: readonly { readonly name: string; readonly numeric: boolean; readonly prose?: boolean }[];
  readonly rows: readonly { readonly control: boolean; readonly cells: readonly Cell[] }[];
  /** Rows that were left out. */
  readonly left: number;
}

/** Rows a table shows at most; the rest is in the results. */
const ROWS = 1000;
const NONE: Cell = { text: "–" };

/** The main table: every arm's headline value, its comparison and its size. */
export function armsTable(summary: Summary): Table {
  const { headline, arms } = summary;
  const shown = arms.slice(0, ROWS);
  const several = new Set(arms.map(({ control }) => control)).size > 2;
  const size = arms.some(({ metrics }) => metrics["learnableParameters"] !== undefined);
  const values = spreadColumn(
    headline,
    shown.map(({ metrics }) => metrics[headline]),
  );
  const decimals = differenceDecimals(shown, headline);
  const compared = arms.some(({ control }) => control !== null);
  const derived = summary.metrics.filter(isDerived);
  const columns = [
    ...factorColumns(summary),
    ...derived.map((metric) => ({ name: derivedPath(metric), numeric: true })),
    { name: "n", numeric: true },
    { name: withUnit(headline), numeric: true },
    ...(several ? [{ name: "control", numeric: false }] : []),
    ...(compared
      ? [
          { name: `difference${suffixOf(headline, true) === "" ? "" : ` (${suffixOf(headline, true).trim()})`}`, numeric: true },
          { name: "95 % interval", numeric: true },
          { name: "corrected p", numeric: true },
          { name: "verdict", numeric: false },
        ]
      : []),
    ...(size ? [{ name: "learnable", numeric: true }] : []),
  ];
  const rows = shown.map((arm, i) => {
    const control = arm.control === null ? "–" : arms[arm.control]!.label;
    return {
      control: arm.control === null,
      cells: [
        ...factorCells(arm, summary),
        ...derived.map((metric) => count(arm.metrics[metric])),
        { text: String(arm.metrics[headline]?.replicates ?? 0), value: arm.metrics[headline]?.replicates ?? 0 },
        values[i]!,
        ...(several ? [{ text: control }] : []),
        ...(compared ? comparisonCells(arm, headline, decimals) : []),
        ...(size ? [count(arm.metrics["learnableParameters"])] : []),
      ],
    };
  });
  return { title: "Arms", columns, rows, left: arms.length - shown.length };
}

/** Decimals that the differences and intervals of a metric share. */
function differenceDecimals(arms: readonly ArmSummary[], metric: string): number | undefined {
  const comparisons = arms.flatMap(({ comparisons: own }) => own[metric] ?? []);
  return decimalsOf(metric, {
    values: comparisons.flatMap(({ difference }) => difference ?? []),
    spreads: comparisons.flatMap((comparison) => halfWidth(comparison) ?? []),
  });
}

function comparisonCells(arm: ArmSummary, headline: string, decimals: number | undefined): Cell[] {
  const comparison = arm.comparisons[headline];
  if (comparison === undefined) return [NONE, NONE, NONE, { text: arm.control === null ? "control" : "–" }];
  const { difference, correctedP, interval } = comparison;
  const number = (value: number): string => withSpread(headline, value, null, decimals);
  return [
    difference === null ? NONE : { text: `${difference > 0 ? "+" : ""}${number(difference)}`, value: difference },
    interval === null ? NONE : { text: `[${number(interval.low)}, ${number(interval.high)}]`, value: interval.low },
    probabilityCell(correctedP),
    { text: verdictText(comparison), kind: comparison.verdict },
  ];
}

function probabilityCell(p: number | null): Cell {
  return p === null ? NONE : { text: probability(p), value: p };
}

function count(spread: Spread | undefined): Cell {
  return typeof spread?.mean === "number"
    ? { text: withSpread("learnableParameters", spread.mean, spread.std === 0 ? null : spread.std), value: spread.mean }
    : NONE;
}

function withUnit(metric: string): string {
  const unit = suffixOf(metric).trim();
  return unit === "" || /seconds$/i.test(metric) ? metric : `${metric} (${unit})`;
}

/** Cells of one metric; decimals are the same down the column where they can be. */
function spreadColumn(metric: string, spreads: readonly (Spread | undefined)[]): Cell[] {
  const means = spreads.flatMap((spread) => spread?.mean ?? []);
  const decimals = decimalsOf(metric, { values: means, spreads: spreads.flatMap((spread) => spread?.std ?? []) });
  return spreads.map((spread) => {
    if (typeof spread?.mean !== "number") return NONE;
    const { mean, std } = spread;
    const exact = unitOf(metric) === "count" && (std ?? 0) === 0;
    return { text: withSpread(metric, mean, exact ? null : std, decimals), value: mean };
  });
}

function factorColumns({ factors }: Summary): { name: string; numeric: boolean }[] {
  return factors.length === 0 ? [{ name: "arm", numeric: false }] : factors.map(({ short }) => ({ name: short, numeric: false }));
}

function factorCells({ labels, label }: ArmSummary, { factors }: Summary): Cell[] {
  if (factors.length === 0) return [{ text: label }];
  return factors.map(({ name }) => {
    const own = labels[name];
    return own === undefined ? NONE : { text: labelText(own), ...(typeof own === "number" ? { value: own } : {}) };
  });
}

/** The comparisons of every metric in full, the headline's first; undefined when nothing is compared. */
export function testsTable(summary: Summary): Table | undefined {
  const lines = summary.metrics.flatMap((metric) => {
    const decimals = differenceDecimals(summary.arms, metric);
    return summary.arms.flatMap((arm) =>
      arm.comparisons[metric] === undefined ? [] : [testLine(arm, { metric, comparison: arm.comparisons[metric], decimals })],
    );
  });
  if (lines.length === 0) return undefined;
  const numeric = ["pairs", "difference", "95 % interval (t)", "95 % interval (BCa)", "exact p", "corrected p", "t-test p", "dz"];
  return {
    title: "Tests",
    columns: [{ name: "metric", numeric: false }, { name: "arm", numeric: false }, ...numeric.map((name) => ({ name, numeric: true }))],
    rows: lines.slice(0, ROWS).map((cells) => ({ control: false, cells })),
    left: Math.max(0, lines.length - ROWS),
  };
}

function testLine(arm: ArmSummary, { metric, comparison, decimals }: { metric: string; comparison: Comparison; decimals: number | undefined }): Cell[] {
  const { pairs, difference, interval, bootstrap, p, correctedP, tP, dz } = comparison;
  const number = (value: number): string => withSpread(metric, value, null, decimals);
  const range = (edges: Comparison["interval"]): Cell => (edges === null ? NONE : { text: `[${number(edges.low)}, ${number(edges.high)}]`, value: edges.low });
  return [
    { text: metric },
    { text: arm.label },
    { text: String(pairs), value: pairs },
    difference === null ? NONE : { text: `${difference > 0 ? "+" : ""}${number(difference)}`, value: difference },
    range(interval),
    range(bootstrap),
    probabilityCell(p),
    probabilityCell(correctedP),
    probabilityCell(tP),
    dz === null ? NONE : { text: fixed(dz, 1), value: dz },
  ];
}

/** How far the baseline is from itself, metric by metric; undefined where it was trained once. */
export function noiseTable({ noise, arms }: Summary): Table | undefined {
  if (noise === null) return undefined;
  const numeric = ["pairs", "largest distance", "mean distance", "arms within"];
  return {
    title: `Noise floor: ${arms[noise.arm]!.label} against itself`,
    columns: [{ name: "metric", numeric: false }, ...numeric.map((name) => ({ name, numeric: true }))],
    rows: Object.entries(noise.floors).map(([metric, { pairs, largest, mean }]) => {
      const within = arms.filter(({ comparisons }) => comparisons[metric]?.withinNoise).length;
      return {
        control: false,
        cells: [
          { text: metric },
          { text: fixed(pairs, 0), value: pairs },
          distanceCell(metric, largest),
          distanceCell(metric, mean),
          { text: fixed(within, 0), value: within },
        ],
      };
    }),
    left: 0,
  };
}

function distanceCell(metric: string, size: number | null): Cell {
  return size === null ? NONE : { text: distance(metric, size), value: size };
}

/** Mean ± sample std of every metric but the headline, and of what was measured. */
export function metricsTable(summary: Summary): Table | undefined {
  const metrics = [...summary.metrics.filter((metric) => metric !== summary.headline), ...summary.measured];
  if (metrics.length === 0) return undefined;
  const shown = summary.arms.slice(0, ROWS);
  const cells = metrics.map((metric) =>
    spreadColumn(
      metric,
      shown.map((arm) => arm.metrics[metric] ?? arm.measured[metric]),
    ),
  );
  return {
    title: "Every metric",
    columns: [...factorColumns(summary), ...metrics.map((metric) => ({ name: withUnit(metric), numeric: true }))],
    rows: shown.map((arm, i) => ({ control: arm.control === null, cells: [...factorCells(arm, summary), ...cells.map((column) => column[i]!)] })),
    left: summary.arms.length - shown.length,
  };
}

/** What each arm chose; undefined when nothing was tuned. */
export function choicesTable(summary: Summary): Table | undefined {
  if (summary.tuned.length === 0) return undefined;
  const { objective, blocked } = summary;
  const all = [...summary.factors.map(({ name }) => name), ...summary.tuned, ...blocked];
  const lines = summary.arms.flatMap((arm) => arm.choices.map((choice) => ({ arm, choice })));
  const shown = lines.slice(0, ROWS);
  return {
    title: "Tuned values",
    columns: [
      ...factorColumns(summary),
      ...(blocked.length > 0 ? [{ name: "block", numeric: false }] : []),
      { name: "chosen", numeric: false },
      { name: "tried", numeric: true },
      { name: "complete", numeric: true },
      { name: `${withUnit(objective.metric)} when chosen`, numeric: true },
      { name: "halves agree", numeric: false },
      { name: "at the end of the range", numeric: false },
    ],
    rows: shown.map(({ arm, choice }) => ({
      control: arm.control === null,
      cells: [
        ...factorCells(arm, summary),
        ...(blocked.length > 0 ? [{ text: assignmentText(choice.block, all) }] : []),
        { text: assignmentText(choice.chosen, all) },
        { text: String(choice.tried), value: choice.tried },
        { text: String(choice.complete), value: choice.complete },
        choice.selectionMean === null ? NONE : { text: withSpread(objective.metric, choice.selectionMean, null), value: choice.selectionMean },
        { text: choice.stable ? "yes" : "no" },
        { text: choice.atEdge.length === 0 ? "no" : "yes" },
      ],
    })),
    left: lines.length - shown.length,
  };
}

/** How the trials of each arm ended. */
export function trialsTable(summary: Summary): Table {
  const shown = summary.arms.slice(0, ROWS);
  const states = ["succeeded", "failed", "pruned", "pending"] as const;
  return {
    title: "Trials by arm",
    columns: [...factorColumns(summary), ...states.map((name) => ({ name, numeric: true }))],
    rows: shown.map((arm) => ({
      control: arm.control === null,
      cells: [...factorCells(arm, summary), ...states.map((state) => ({ text: fixed(arm.counts[state], 0), value: arm.counts[state] }))],
    })),
    left: summary.arms.length - shown.length,
  };
}

/** Failed trials by class and message; undefined when none failed. */
export function failuresTable({ failures, arms, noise }: Summary): Table | undefined {
  if (failures.length === 0) return undefined;
  const nameOf = (arm: number): string => arms[arm]?.label ?? `${arms[noise!.arm]!.label} (again)`;
  const shown = failures.slice(0, ROWS);
  return {
    title: "Failed trials",
    columns: [
      { name: "class", numeric: false },
      { name: "trials", numeric: true },
      { name: "message (of the first)", numeric: false, prose: true },
      { name: "arms", numeric: false, prose: true },
      { name: "trial", numeric: false, prose: true },
    ],
    rows: shown.map(({ failure, trials, message, arms: where, examples }) => ({
      control: false,
      cells: [
        { text: failure },
        { text: fixed(trials, 0), value: trials },
        { text: message },
        { text: where.map(nameOf).join("; ") },
        { text: `${examples.join(", ")}${trials > examples.length ? ", …" : ""}`, value: examples[0]! },
      ],
    })),
    left: failures.length - shown.length,
  };
}
