import type { Sweep } from "@allot/spec";
import type { Outcome } from "./outcome.ts";

type SweepSpec = Sweep["spec"];
type Objective = Pick<SweepSpec["objective"], "metric" | "direction">;

/** Below this folder of the sweep's store is what trials leave besides numbers. */
export const artifactPrefix = "artifacts";

/** Where a trial's weights are, in the sweep's store. */
export const weightsKey = (trial: number): string => `${artifactPrefix}/${trial}/weights.safetensors`;

/** The trial that a key below `artifacts/` belongs to. */
export const trialOfArtifact = (key: string): number | undefined => {
  const index = new RegExp(`^${artifactPrefix}/(\\d+)/`).exec(key)?.[1];
  return index === undefined ? undefined : Number(index);
};

/** The value by which a trial is the best; none for one that did not succeed. */
export const objectiveOf = ({ state, metrics, measured }: Outcome, { metric }: Objective): number | undefined =>
  state === "Succeeded" ? (metrics[metric] ?? measured[metric]) : undefined;

export const isBetter = (value: number, than: number | undefined, { direction }: Objective): boolean =>
  than === undefined || (direction === "minimize" ? value < than : value > than);

/**
 * Of the trials that have weights, those whose weights `artifacts.weights` keeps: none; every one that succeeded; or, for `best`, the one
 * with the best objective, of equals the first. Where the best trial of all has none, because less was kept when it was
 * trained, that is the best that is left. With stages it is the best of the last one.
 * @param o.outcomes of the trials that are sealed so far.
 * @param o.present trials that have weights.
 */
export const keptTrials = async (
  { artifacts, objective }: Pick<SweepSpec, "artifacts" | "objective">,
  o: { outcomes: AsyncIterable<Outcome>; present: ReadonlySet<number> },
): Promise<ReadonlySet<number>> => {
  const succeeded = new Set<number>();
  let best: { trial: number; value: number; stage: string | undefined } | undefined;
  for await (const outcome of o.outcomes) {
    const { trial, state } = outcome;
    if (state !== "Succeeded" || !o.present.has(trial)) continue;
    succeeded.add(trial);
    const value = objectiveOf(outcome, objective);
    if (value === undefined) continue;
    // Outcomes come in the order of trials, and so of stages.
    const { stage } = outcome;
    if (best?.stage !== stage || isBetter(value, best?.value, objective)) best = { trial, value, stage };
  }
  if (artifacts.weights === "none") return new Set();
  if (artifacts.weights !== "best") return succeeded;
  return new Set(best ? [best.trial] : []);
};
