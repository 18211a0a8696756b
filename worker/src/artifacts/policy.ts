import type { Outcome } from "@allot/ledger";
import type { Sweep } from "@allot/spec";

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
 * The trials whose weights `artifacts.weights` keeps, of the outcomes so far: every one that succeeded (`all`); the one with
 * the best objective, of equals the first that has weights (`best`); or none.
 * @param present trials that have weights.
 */
export const keptTrials = async (
  { artifacts, objective }: Pick<SweepSpec, "artifacts" | "objective">,
  { outcomes, present }: { outcomes: AsyncIterable<Outcome>; present: ReadonlySet<number> },
): Promise<ReadonlySet<number>> => {
  const all = new Set<number>();
  let best: { trials: number[]; value: number | undefined } = { trials: [], value: undefined };
  for await (const outcome of outcomes) {
    const value = objectiveOf(outcome, objective);
    if (outcome.state === "Succeeded") all.add(outcome.trial);
    if (value === undefined) continue;
    if (isBetter(value, best.value, objective)) best = { trials: [outcome.trial], value };
    else if (value === best.value) best.trials.push(outcome.trial);
  }
  if (artifacts.weights === "all") return all;
  if (artifacts.weights !== "best") return new Set();
  return new Set(best.trials.filter((trial) => present.has(trial)).slice(0, 1));
};
