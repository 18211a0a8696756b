import { checkSweep, type Sweep } from "@allot/spec";

/**
 * What a person has to know who changed which weights are kept. What decides results is in the folder's name; the rest of the
 * manifest may differ from what the last run wrote.
 */
export const keptNote = (before: unknown, { spec }: Sweep): string | undefined => {
  const checked = before === undefined ? undefined : checkSweep(before);
  if (checked === undefined || !("sweep" in checked)) return undefined;
  const [was, is] = [checked.sweep.spec.artifacts.weights, spec.artifacts.weights];
  if (was === is) return undefined;
  return is === "none"
    ? `artifacts.weights was ${was} and is none now: allot prune removes what is there`
    : `artifacts.weights was ${was} and is ${is} now: that holds for what is trained from here on; for the weights of a trial that is sealed, train it in a sweep of another name`;
};
