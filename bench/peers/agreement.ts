/** Whether two engines trained the same program: a bench that compares unequal ones says nothing. */

/** What a peer says after some steps. */
export interface Trained {
  /** Every trial's loss in the last step. */
  readonly losses: readonly number[];
  /** How far each parameter is from its start, as the Euclidean norm over all trials: wrong by the gradient where that is. */
  readonly moved: Readonly<Record<string, number>>;
}

/** Largest relative differences that float32 in another order explains; `job`: of a loss after a whole training. */
export const tolerance = { loss: 1e-4, moved: 1e-3, job: 1e-2 };

const relative = (value: number, expected: number): number => Math.abs(value - expected) / Math.abs(expected);

/** The largest relative difference. Throws Error that names the trial or parameter where one is beyond the tolerance. */
export function worstDeviation(theirs: Trained, ours: Trained, who: string): number {
  const pairs = [
    ...ours.losses.map((loss, trial) => ({
      what: `the loss of trial ${trial}`,
      value: theirs.losses[trial] ?? Number.NaN,
      expected: loss,
      most: tolerance.loss,
    })),
    ...Object.entries(ours.moved).map(([name, moved]) => ({
      what: `the distance that ${name} has moved`,
      value: theirs.moved[name] ?? Number.NaN,
      expected: moved,
      most: tolerance.moved,
    })),
  ];
  const wrong = pairs.find(({ value, expected, most }) => !(relative(value, expected) <= most));
  if (wrong !== undefined) {
    throw new Error(
      `${who}: trains another program than ours: ${wrong.what} is ${wrong.value}, ours ${wrong.expected}, which may differ by ${wrong.most} of it`,
    );
  }
  return Math.max(...pairs.map(({ value, expected }) => relative(value, expected)));
}
