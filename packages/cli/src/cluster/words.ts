import { aligned } from "../columns.ts";
import { durationText, grouped } from "../plan/text.ts";
import type { SweepView } from "./view.ts";

/** Seconds as kubectl shows an age: 40s, 12m, 5h, 3d. */
const ageText = (seconds: number): string => {
  if (seconds < 120) return `${Math.floor(seconds)}s`;
  if (seconds < 7200) return `${Math.floor(seconds / 60)}m`;
  return seconds < 172_800 ? `${Math.floor(seconds / 3600)}h` : `${Math.floor(seconds / 86_400)}d`;
};

const percent = (ended: number, total: number): number => (total === 0 ? 100 : Math.floor((100 * ended) / total));

/** With stages, all counts are of the trials of the stages that have begun. */
const progressText = ({ ended, trials, stage }: SweepView): string => {
  if (ended === undefined || trials?.total === undefined) return "–";
  return `${grouped(ended)}/${grouped(trials.total)} ${percent(ended, trials.total)}%${trials.failed ? ` (${grouped(trials.failed)} failed)` : ""}${stage === undefined ? "" : ` ${stage.name} (${stage.number} of ${stage.of})`}`;
};

const bestText = ({ best }: SweepView): string => (best ? (best.text ?? String(Number(best.mean.toPrecision(4)))) : "–");

const cells = (view: SweepView): string[] => [
  view.name,
  progressText(view),
  view.state,
  view.lanes ? `${view.lanes.active ?? 0}/${view.lanes.wanted ?? 0}` : "–",
  bestText(view),
  view.etaSeconds === undefined ? "–" : durationText(view.etaSeconds),
  ageText(view.ageSeconds),
];

/** Sweeps as a table, and below it what is not as it should be. */
export const sweepTable = (views: readonly SweepView[], { namespaces }: { namespaces: boolean }): string[] => {
  const heads = ["NAME", "PROGRESS", "STATE", "LANES", "BEST", "ETA", "AGE"];
  const rows = views.map((view) => (namespaces ? [view.namespace, ...cells(view)] : cells(view)));
  const notes = views.filter(({ reason }) => reason !== "").map((view) => `${namespaces ? `${view.namespace}/` : ""}${noteLine(view)}`);
  return [...aligned([namespaces ? ["NAMESPACE", ...heads] : heads, ...rows]), ...notes];
};

const noteLine = ({ name, reason, message }: SweepView): string => `${name}: ${reason}${message === "" ? "" : `: ${message}`}`;

/** A sweep in one line of a log. */
export const sweepLine = (view: SweepView): string => {
  const { name, ended, trials, lanes, etaSeconds, reason, message, state } = view;
  const done = ended === undefined || trials?.total === undefined ? "" : `, ${progressText(view)}`;
  const working = state === "Running" && lanes ? `, ${grouped(lanes.active ?? 0)} of ${grouped(lanes.wanted ?? 0)} lanes` : "";
  const eta = state === "Running" && etaSeconds !== undefined ? `, ETA ${durationText(etaSeconds)}` : "";
  const note = reason === "" ? "" : ` (${reason}${message === "" ? "" : `: ${message}`})`;
  return `${name}: ${state}${done}${working}${eta}${note}`;
};
