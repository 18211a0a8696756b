import type { ArmContext } from "./arms.ts";
import { fixed, plural } from "./format.ts";
import { names } from "./selection.ts";
import type { ArmSummary } from "./summary.ts";

/** What a reader must know to judge the numbers: how they were selected, what is missing, what was mixed. Only what applies. */
export function notesOf(context: ArmContext, arms: readonly ArmSummary[]): string[] {
  return [...metricNotes(context), ...tuningNotes(context, arms), ...missingNotes(context, arms), ...engineNotes(context, arms), ...fixedNotes(context, arms)];
}

function metricNotes({ expansion, headline }: ArmContext): string[] {
  const { metric } = expansion.sweep.spec.objective;
  if (names(expansion, "tuned").length === 0 && expansion.firstTrial > 0)
    return [`Nothing is tuned; the arms were chosen by ${metric} in the stage before, on the same seeds, and ${headline} is reported as it is.`];
  if (names(expansion, "tuned").length === 0) return [`Nothing is tuned, so nothing is selected; ${headline} is reported as it is.`];
  if (headline !== metric) return [`Values are chosen by ${metric} and reported as ${headline}, which is computed once, at the end of a trial.`];
  if (!metric.startsWith("validation.")) return [`The objective is ${metric}; trials have no validation counterpart of it.`];
  return [`Trials have no test counterpart of ${metric}: it is reported itself.`];
}

function tuningNotes({ expansion }: ArmContext, arms: readonly ArmSummary[]): string[] {
  const tried = [...new Set(arms.flatMap(({ choices }) => choices.map((choice) => choice.tried)))].sort((a, b) => a - b);
  if (tried.every((count) => count === 1)) return [];
  const { metric } = expansion.sweep.spec.objective;
  const within = names(expansion, "blocked").length > 0 ? ", within each combination of blocked values," : "";
  const [smallest] = tried;
  const notes = [
    `Each arm takes the tuned values with the best mean ${metric}${within} out of ${tried.length === 1 ? smallest : `${smallest} to ${tried.at(-1)}`} tried.` +
      (tried.length === 1 ? " That is equal in every arm." : " Arms that tried more had more chances to look good."),
  ];
  notes.push(
    expansion.replicates > 1
      ? "Selection is kept apart from inference: even replicates are read at the values the odd ones chose, and the other way round."
      : `With one replicate, ${metric} is reported on the replicate that chose it and is optimistic.`,
  );
  const unstable = arms.filter(({ choices }) => choices.some(({ stable }) => !stable));
  if (unstable.length > 0) notes.push(`In ${plural(unstable.length, "arm")} the two halves chose different values: ${listed(unstable)}.`);
  const edges = arms.filter(({ choices }) => choices.some(({ atEdge }) => atEdge.length > 0));
  if (edges.length > 0)
    notes.push(`In ${plural(edges.length, "arm")} the best value is at the end of its range, so a wider range may be better: ${listed(edges)}.`);
  return notes;
}

function missingNotes({ expansion, tally, headline }: ArmContext, arms: readonly ArmSummary[]): string[] {
  const { failed, pruned, pending } = tally.counts(expansion.firstTrial, expansion.trials);
  const notes: string[] = [];
  if (pending > 0)
    notes.push(`${plural(pending, "trial")} of ${fixed(expansion.trials, 0)} ${pending === 1 ? "is" : "are"} pending: this is not the final report.`);
  const tuned = names(expansion, "tuned").length > 0;
  if (failed + pruned > 0) {
    const choice = tuned ? "; a combination of tuned values without some replicate is chosen only where no other has more" : "";
    notes.push(`${failed} failed and ${pruned} pruned trials have no values${choice}.`);
  }
  const incomplete = arms.filter((arm) => (arm.metrics[headline]?.replicates ?? 0) < expansion.replicates);
  if (incomplete.length > 0) {
    notes.push(`In ${plural(incomplete.length, "arm")} some replicate has no ${headline}${tuned ? " at the chosen values" : ""}: ${listed(incomplete)}.`);
  }
  return notes;
}

function engineNotes({ tally }: ArmContext, arms: readonly ArmSummary[]): string[] {
  const mixed = arms.filter(({ index }) => (tally.engines.get(index)?.size ?? 0) > 1);
  return mixed.length === 0
    ? []
    : [`In ${plural(mixed.length, "arm")} trials ran on different engines, so pairs may differ in their last bits: ${listed(mixed)}.`];
}

function fixedNotes({ tally, expansion }: ArmContext, arms: readonly ArmSummary[]): string[] {
  if (!tally.metrics.includes("fixedUnchanged")) return [];
  const changed: number[] = [];
  let holds = 0;
  const { firstTrial, trials } = expansion;
  for (let trial = firstTrial; trial < firstTrial + trials; trial++) {
    if (tally.value("fixedUnchanged", trial) === 0) changed.push(trial);
    if (tally.value("learnableParameters", trial) < tally.value("totalParameters", trial)) holds++;
  }
  if (changed.length === 0) {
    return holds === 0 ? [] : [`Fixed weights were the same bits before and after training in every trial that has them: ${fixed(holds, 0)}.`];
  }
  const broken = new Set(changed.map((trial) => expansion.armOf(trial)));
  return [
    `Fixed weights changed while training in ${plural(changed.length, "trial")}, so these arms are not what they are called: ${listed(arms.filter(({ index }) => broken.has(index)))}.`,
  ];
}

const LISTED = 8;

function listed(arms: readonly ArmSummary[]): string {
  const shown = arms.slice(0, LISTED).map(({ label }) => label);
  return arms.length > LISTED ? `${shown.join("; ")}; and ${fixed(arms.length - LISTED, 0)} more` : shown.join("; ");
}
