import { type ArmSummary, type Comparison, type Summary, verdictText } from "@allot/report";
import { aligned } from "../columns.ts";
import { grouped } from "../plan/text.ts";
import { claimLines } from "./claims.ts";

/** Arms shown on a terminal; the report has all. */
const shownArms = 40;

const number = (value: number | null): string => (value === null ? "–" : String(Number(value.toPrecision(4))));
const signed = (value: number | null): string => (value !== null && value > 0 ? `+${number(value)}` : number(value));

const comparisonCells = (comparison: Comparison | undefined): string[] => {
  if (!comparison) return ["", "", "", "baseline"];
  const { difference, interval, correctedP } = comparison;
  const between = interval ? `[${signed(interval.low)}, ${signed(interval.high)}]` : "";
  return [signed(difference), between, correctedP === null ? "–" : correctedP.toPrecision(2), verdictText(comparison)];
};

const armCells = (arm: ArmSummary, headline: string): string[] => {
  const spread = arm.metrics[headline];
  const std = spread?.std === null || spread?.std === undefined ? "" : ` ± ${number(spread.std)}`;
  const value = spread ? `${number(spread.mean)}${std}` : "–";
  return [arm.name, value, String(spread?.replicates ?? 0)];
};

/** What the table alone would hide. */
const absences = ({ counts, trials }: Summary): string[] => {
  const parts = (["pending", "failed", "pruned"] as const).flatMap((state) => (counts[state] > 0 ? [`${grouped(counts[state])} ${state}`] : []));
  return parts.length === 0 ? [] : [`of ${grouped(trials)} trials: ${parts.join(", ")}; they have no values`];
};

/** The arms against their controls in aligned columns: what a terminal shows of a report. */
export const summaryTable = (summary: Summary): string => {
  const { headline, arms, stage } = summary;
  const compared = arms.some(({ control }) => control !== null);
  const rows = [
    [stage === null ? "arm" : `arm (stage ${stage.name})`, headline, "n", ...(compared ? ["difference", "95 % interval", "corrected p", "verdict"] : [])],
    ...arms.slice(0, shownArms).map((arm) => [...armCells(arm, headline), ...(compared ? comparisonCells(arm.comparisons[headline]) : [])]),
  ];
  const lines = aligned(rows);
  if (arms.length > shownArms) lines.push(`… and ${arms.length - shownArms} more arms in the report`);
  lines.push(...summary.screenings.map(({ finding }) => finding));
  if (summary.noise) lines.push(summary.noise.finding);
  lines.push(...absences(summary), ...claimLines(summary.claims));
  return lines.join("\n");
};
