import type { PlanSummary } from "./summary.ts";

/** 1234567 → 1,234,567, the same on every machine. */
export const grouped = (count: number): string => String(count).replace(/\B(?=(\d{3})+(?!\d))/g, ",");

const two = (n: number): string => String(n).padStart(2, "0");

/** Seconds as 45s, 3m20s, 2h05m. */
export const durationText = (seconds: number): string => {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole}s`;
  if (whole < 3600) return `${Math.floor(whole / 60)}m${two(whole % 60)}s`;
  return `${Math.floor(whole / 3600)}h${two(Math.floor((whole % 3600) / 60))}m`;
};

/** Bytes in the largest unit that keeps one digit before the point. */
export const sizeText = (bytes: number): string => {
  const units = ["B", "kB", "MB", "GB", "TB", "PB"];
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? value : value.toFixed(1)} ${units[unit]}`;
};

/** `1 arm`, `2 arms`. */
export const plural = (count: number, word: string): string => `${grouped(count)} ${word}${count === 1 ? "" : "s"}`;

const parameterLine = ({ name, role, values, first, when }: PlanSummary["parameters"][number]): string => {
  const shown = first.map(String).join(", ");
  const more = values > first.length ? ", …" : "";
  return `  ${name}  ${role}, ${plural(values, "value")}: ${shown}${more}${when === undefined ? "" : `   when ${when}`}`;
};

const statisticsLines = ({ statistics }: PlanSummary): string[] => {
  if (!statistics) return ["  nothing is compared: every arm is its own control (spec.baseline names what arms are compared with)"];
  const { replicates, comparisons, smallestCorrectedP, detectableEffect } = statistics;
  const effect =
    detectableEffect === undefined ? "none: no p can be small enough" : `${detectableEffect.toFixed(2)} standard deviations of the paired differences`;
  return [
    `  n = ${plural(replicates, "replicate")}, m = ${plural(comparisons, "comparison")}`,
    `  smallest attainable Holm-corrected p: ${smallestCorrectedP === 0 ? "below 1e-300" : smallestCorrectedP.toPrecision(2)} (exact sign-flip test)`,
    `  replicates a claim at .05 needs: ${statistics.replicatesNeeded}`,
    `  effect found with 80 % power: ${effect}`,
  ];
};

const shapeLines = ({ shapes, packs, lanes }: PlanSummary): string[] => {
  const shown = shapes.slice(0, 6).map(({ trials, packSize }, index) => `  shape ${index + 1}: ${plural(trials, "trial")}, ${packSize} to a pack`);
  const more = shapes.length > 6 ? [`  … and ${shapes.length - 6} more shapes`] : [];
  return [`packs: ${grouped(packs)} for ${plural(lanes, "lane")}, ${plural(shapes.length, "program shape")}`, ...shown, ...more];
};

const stageLines = ({ stages }: PlanSummary): string[] =>
  stages.map(({ name, arms, trials }, at) => {
    const before = stages[at - 1];
    if (!before) return `  ${name}: ${plural(trials, "trial")}, ${plural(arms, "arm")}`;
    const best = before.keep === null ? `all arms of ${before.name}` : `the ${before.keep} best of ${before.name}, and what they are compared with`;
    return `  ${name}: at most ${plural(trials, "trial")}, ${plural(arms, "arm")}: ${best}`;
  });

const sizeLines = ({ predictedBytes: { segments, measurements, weights } }: PlanSummary): string[] => {
  const tables = `  outcomes ${sizeText(segments)}, measurements ${sizeText(measurements)}`;
  const whole = `predicted size of the results: ${sizeText(segments + measurements + (weights?.bytes ?? 0))}`;
  if (!weights) return [whole, tables];
  const { policy, files, bytes } = weights;
  const kept =
    policy === "all"
      ? `of every trial: ${plural(files, "file")}, ${sizeText(bytes)}`
      : `of the best trial: at most ${sizeText(bytes)}; lanes write more on the way, those of each trial better than all they have seen, which allot prune removes`;
  return [whole, tables, `  weights ${kept}`];
};

const listed = (title: string, lines: readonly string[]): string[] => (lines.length === 0 ? [] : [title, ...lines.map((line) => `  ${line}`)]);

const derivedLines = ({ derived, arms }: PlanSummary): string[] => {
  if (derived.length === 0) return [];
  const valuesText = (values: Readonly<Record<string, number>>): string =>
    Object.entries(values)
      .map(([path, value]) => `${path} = ${grouped(value)}`)
      .join(", ");
  const more = arms > derived.length ? [`… and ${grouped(arms - derived.length)} more arms`] : [];
  return listed("derived from budgets:", [...derived.map(({ arm, values }) => `${arm}: ${valuesText(values) || "as written"}`), ...more]);
};

/** The plan in words. */
export const planText = (plan: PlanSummary): string => {
  const { name, trials, arms, cells, replicates } = plan;
  const copies = plan.blocks.find((block) => block.name.endsWith("noiseFloor"));
  const copiesText = copies ? ` + ${grouped(copies.trials)} of the baseline again, for the noise floor` : "";
  const cellsText = cells === arms ? "" : `, ${grouped(cells)} cells`;
  return [
    `${name}: ${plural(trials, "trial")} = ${plural(arms, "arm")}${cellsText} × ${plural(replicates, "replicate")}${copiesText}`,
    ...(plan.stages.length === 0 ? [] : ["stages, the figures here being those of the first:", ...stageLines(plan)]),
    ...(plan.parameters.length === 0 ? [] : ["parameters:", ...plan.parameters.map(parameterLine)]),
    ...derivedLines(plan),
    ...listed(
      "dropped points:",
      plan.dropped.map(({ rule, count }) => `${grouped(count)} by ${rule}`),
    ),
    ...shapeLines(plan),
    "statistics:",
    ...statisticsLines(plan),
    ...sizeLines(plan),
    ...listed("not supported yet (run refuses these):", plan.unsupported),
    ...plan.warnings.map((warning) => `warning: ${warning}`),
  ].join("\n");
};
