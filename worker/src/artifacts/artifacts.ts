import { isBetter, type Outcome, objectiveOf, weightsKey } from "@allot/ledger";
import type { Sweep } from "@allot/spec";
import type { Store } from "@allot/store";
import type { Weights } from "../trainer.ts";
import { encodeSafetensors } from "./safetensors.ts";

/** What a lane keeps of its trials besides numbers. */
export interface Artifacts {
  /** Whether the weights of a trial that ended like this are to be kept. */
  wants(outcome: Outcome): boolean;
  /** Takes note of a trial whose weights are there already, or are not needed. */
  pass(outcome: Outcome): void;
  /** Begins to write a trial's weights, and waits only where too many are on their way. @throws StoreError of an earlier one */
  keep(outcome: Outcome, weights: Weights | Uint8Array): Promise<void>;
  /** Waits until all are written: before the seal. @throws StoreError */
  settle(): Promise<void>;
}

/** Nothing is kept. */
export const noArtifacts: Artifacts = {
  wants: () => false,
  pass: () => undefined,
  keep: async () => undefined,
  settle: async () => undefined,
};

/** What a file of weights says of where they come from. */
export const weightsFacts = (trial: number, identity: string): Readonly<Record<string, string>> => ({ trial: String(trial), identity });

/** Writes on their way at once: a slow store must not hold up training at once, nor fill the memory. */
const most = 4;
/** A pause does not cut a write short, but it must not hang for ever either. */
const writeMilliseconds = 600_000;

/**
 * Keeps weights as `artifacts.weights` says. `all`: of every trial that succeeds. `best`: of every trial that is better than
 * all that this lane has seen, so that the sweep's best is among them whatever happens; the others can be removed.
 * @param store the sweep's store.
 */
export const artifactsOf = ({ spec: { artifacts, objective } }: Sweep, store: Store): Artifacts => {
  if (artifacts.weights !== "all" && artifacts.weights !== "best") return noArtifacts;
  let best: number | undefined;
  let stage: string | undefined;
  const underway = new Set<Promise<void>>();
  let failure: { error: unknown } | undefined;

  // The best of a stage is no match for the next one, which trains in another way.
  const enter = (of: string | undefined): void => {
    if (of !== stage) best = undefined;
    stage = of;
  };
  const pass = (outcome: Outcome): void => {
    const value = objectiveOf(outcome, objective);
    enter(outcome.stage);
    if (value !== undefined && isBetter(value, best, objective)) best = value;
  };
  const check = (): void => {
    const failed = failure;
    failure = undefined;
    if (failed) throw failed.error;
  };
  const write = async (trial: number, bytes: Uint8Array): Promise<void> => {
    try {
      await store.put(weightsKey(trial), bytes, { signal: AbortSignal.timeout(writeMilliseconds) });
    } catch (error) {
      failure ??= { error };
    }
  };
  return {
    wants: (outcome) => {
      const value = objectiveOf(outcome, objective);
      if (artifacts.weights === "all") return outcome.state === "Succeeded";
      enter(outcome.stage);
      return value !== undefined && isBetter(value, best, objective);
    },
    pass,
    keep: async (outcome, weights) => {
      pass(outcome);
      while (underway.size >= most) await Promise.race(underway);
      check();
      const { trial, identity } = outcome;
      const bytes = weights instanceof Uint8Array ? weights : encodeSafetensors(weights, weightsFacts(trial, identity));
      const writing = write(trial, bytes).finally(() => underway.delete(writing));
      underway.add(writing);
    },
    settle: async () => {
      await Promise.all(underway);
      check();
    },
  };
};
