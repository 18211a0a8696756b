import type { Dataset, TrialSetup } from "@allot/studies";
import { runBytes } from "@allot/studies";
import type { Engine } from "@allot/tensor";

/** `execution.packing`: from memory, one at a time, or a number. */
export type Packing = "auto" | "off" | number;

/** More than this many trials at once gain nothing: composing is spread thin enough and every trial has its own memory. */
const most = 64;

export interface CapacityOptions {
  readonly trials: readonly TrialSetup[];
  readonly dataset: Dataset | undefined;
  readonly engine: Engine;
  readonly packing: Packing;
  /** What one lane may take. */
  readonly memoryBytes: number;
}

/** K: how many trials of a pack the engine holds at once. Never changes a result. */
export const chooseAtOnce = ({ trials, dataset, engine, packing, memoryBytes }: CapacityOptions): number => {
  if (packing === "off") return 1;
  const wanted = Math.max(1, Math.min(trials.length, packing === "auto" ? most : packing));
  if (packing !== "auto") return wanted;
  let atOnce = wanted;
  while (atOnce > 1 && runBytes({ trials: trials.slice(0, atOnce), dataset, engine }) > memoryBytes) atOnce = Math.ceil(atOnce / 2);
  return atOnce;
};
