/** `budget.failedTrials` as a number of trials: a count, or a share of all. Without it every failure is only reported. */
export const allowedFailures = (budget: number | string | undefined, trials: number): number => {
  if (budget === undefined) return trials;
  if (typeof budget === "number") return budget;
  return Math.floor((Number.parseFloat(budget) / 100) * trials);
};
