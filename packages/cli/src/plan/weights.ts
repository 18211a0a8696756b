import { type Expansion, type Plan, studyOf } from "@allot/expansion";
import { unsupported } from "@allot/spec";
import { StudyError } from "@allot/studies";
import { weightsBytes } from "@allot/worker";
import { CliError, exitCodes } from "../exit.ts";

/** What `artifacts.weights` keeps of a sweep in which every trial succeeds. */
export interface WeightBytes {
  readonly policy: "best" | "all";
  readonly files: number;
  /** Of all files together: exact for `all`, the largest there may be for `best`. */
  readonly bytes: number;
}

/**
 * Predicted size of the weights that are kept: O(shape classes), as all trials of a class have the same tensors.
 * @returns undefined where none are, or where the sweep asks for what can't be run.
 * @throws CliError where a study can't be trained
 */
export const predictedWeights = (expansion: Expansion, { classes }: Plan): WeightBytes | undefined => {
  const { weights } = expansion.sweep.spec.artifacts;
  if ((weights !== "best" && weights !== "all") || unsupported(expansion.sweep).length > 0) return undefined;
  let [sum, largest] = [0, 0];
  for (const { firstTrial, trials } of classes) {
    for (const { first, count } of equallyLong(firstTrial, trials)) {
      const bytes = bytesAt(expansion, firstTrial, first);
      sum += count * bytes;
      largest = Math.max(largest, bytes);
    }
  }
  return weights === "all" ? { policy: weights, files: expansion.trials, bytes: sum } : { policy: weights, files: 1, bytes: largest };
};

/** A file names its trial, so that its size depends on how many digits that has. */
function* equallyLong(firstTrial: number, trials: number): Generator<{ first: number; count: number }> {
  const end = firstTrial + trials;
  for (let first = firstTrial; first < end; ) {
    const longer = 10 ** String(first).length;
    const next = Math.min(end, longer);
    yield { first, count: next - first };
    first = next;
  }
}

const bytesAt = (expansion: Expansion, firstTrial: number, trial: number): number => {
  try {
    return weightsBytes(studyOf(expansion, expansion.trialAt(firstTrial)), trial);
  } catch (error) {
    if (!(error instanceof StudyError)) throw error;
    throw new CliError(exitCodes.usage, `${expansion.sweep.metadata.name}: trainer.study.${error.message}`, { cause: error });
  }
};
