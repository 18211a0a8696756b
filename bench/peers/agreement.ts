/** Whether two engines trained the same program: a bench that compares unequal ones says nothing. */

/** What a peer says after some steps. */
export interface Trained {
  /** Every trial's loss in the last step. */
  readonly losses: readonly number[];
  /** How far each parameter is from its start, as the Euclidean norm over all trials: wrong by the gradient where that is. */
  readonly moved: Readonly<Record<string, number>>;
}

/**
 * Largest relative differences. `loss` holds for nine of ten trials: which of two values is the largest of a pool, or whether one is above
 * zero, is the rounding's to say where they are that close, and then a gradient goes another way; `strayLoss` holds for all. `job` is of
 * a loss after a whole training.
 */
export const tolerance = { loss: 1e-4, strayLoss: 1e-2, moved: 3e-3, job: 1e-2 };

const relative = (value: number, expected: number): number => Math.abs(value - expected) / Math.abs(expected);
/** The same, where a number that is none comes last. */
const rankOf = ({ value, expected }: Pick<Pair, "value" | "expected">): number => (Number.isFinite(value) ? Math.min(relative(value, expected), 1) : 1);

interface Pair {
  readonly what: string;
  readonly value: number;
  readonly expected: number;
  readonly most: number;
}

/** Losses from the one that fits best on, and what each may differ by. */
function lossPairs(theirs: Trained, ours: Trained): Pair[] {
  const pairs = ours.losses.map((expected, trial) => ({ what: `the loss of trial ${trial}`, value: theirs.losses[trial] ?? Number.NaN, expected }));
  const sorted = pairs.sort((a, b) => rankOf(a) - rankOf(b));
  return sorted.map((pair, rank) => ({ ...pair, most: rank < Math.ceil(0.9 * sorted.length) ? tolerance.loss : tolerance.strayLoss }));
}

/** The largest relative difference. Throws Error that names the trial or parameter where one is beyond the tolerance. */
export function worstDeviation(theirs: Trained, ours: Trained, who: string): number {
  const moved = Object.entries(ours.moved).map(([name, expected]): Pair => {
    return { what: `the distance that ${name} has moved`, value: theirs.moved[name] ?? Number.NaN, expected, most: tolerance.moved };
  });
  const pairs = [...lossPairs(theirs, ours), ...moved];
  const wrong = pairs.find(({ value, expected, most }) => !(relative(value, expected) <= most));
  if (wrong !== undefined) {
    throw new Error(
      `${who}: trains another program than ours: ${wrong.what} is ${wrong.value}, ours ${wrong.expected}, which may differ by ${wrong.most} of it`,
    );
  }
  return Math.max(...pairs.map(({ value, expected }) => relative(value, expected)));
}
