import { type Expansion, expand, stageBounds, studyOf } from "@allot/expansion";
import { manifestError, type Study, type Sweep, stageSweeps, unsupported } from "@allot/spec";
import { checkStudy, StudyError } from "@allot/studies";
import { studyCosts } from "@allot/worker";
import { CliError, exitCodes } from "../exit.ts";

/** Arms whose study is checked before anything starts; the lanes check every trial. */
const checkedArms = 500;

const refuse = (name: string, problems: readonly string[]): never => {
  throw new CliError(exitCodes.usage, [`${name}: not started`, ...problems.map((problem) => `  ${problem}`)].join("\n"));
};

/** Evenly spaced arm indexes, the first and the last among them. */
const sampleArms = (arms: number): number[] => {
  const count = Math.min(arms, checkedArms);
  if (count <= 1) return arms === 0 ? [] : [0];
  return Array.from({ length: count }, (_, i) => Math.floor((i * (arms - 1)) / (count - 1)));
};

/** A study of each checked arm, at the first of its tuned and blocked values; none where a program trains. */
const sampleStudies = (expansion: Expansion): { arm: string; study: Study }[] => {
  if (!expansion.sweep.spec.trainer.study) return [];
  const studies: { arm: string; study: Study }[] = [];
  for (const index of sampleArms(expansion.arms)) {
    for (const cell of expansion.cellsOf(index)) {
      studies.push({ arm: expansion.armAt(index).name, study: studyOf(expansion, expansion.trialAt(cell.firstTrial)) });
      break;
    }
  }
  return studies;
};

const studyProblem = (study: Study): string | undefined => {
  try {
    checkStudy(study);
    return undefined;
  } catch (error) {
    if (error instanceof StudyError) return error.message;
    throw error;
  }
};

/**
 * Refuses what can't be run: fields not supported yet, more trials than the budget, arms whose study makes no sense.
 * @returns the studies looked at, one per checked arm.
 * @throws ManifestError, CliError that list every reason.
 */
export const checkRunnable = (sweep: Sweep, expansion: Expansion): Study[] => {
  const { name } = sweep.metadata;
  const later = unsupported(sweep);
  if (later.length > 0) throw manifestError(sweep, later);
  const most = sweep.spec.budget.trials;
  const trials = stageBounds(expansion).reduce((sum, stage) => sum + stage.trials, expansion.trials);
  if (most !== undefined && trials > most) refuse(name, [`${trials} trials are more than budget.trials allows (${most})`]);
  // Any arm may come to be trained in any stage.
  const studies = stageSweeps(sweep).flatMap((stage) => sampleStudies(expand(stage, { costs: studyCosts })));
  const problems = new Map<string, string>();
  for (const { arm, study } of studies) {
    const problem = studyProblem(study);
    if (problem !== undefined && !problems.has(problem)) problems.set(problem, `arm "${arm}": ${problem}`);
  }
  if (problems.size > 0) refuse(name, [...problems.values()]);
  return studies.map(({ study }) => study);
};
