import type { Dataset, TrialSetup } from "@allot/studies";
import { runBytes } from "@allot/studies";
import type { Engine } from "@allot/tensor";

/** `execution.packing`: as the lane finds best, one at a time, or a number. */
export type Packing = "auto" | "off" | number;

/** More than this many trials at once gain nothing that is certain: composing is spread thin enough and every trial has its own memory. */
export const mostAtOnce = 64;

/** What memory turned out to have room for, of one shape class. */
export interface Room {
  /** Most trials at once; lowered where memory runs out. */
  most: number;
}

export interface CapacityOptions {
  readonly trials: readonly TrialSetup[];
  readonly dataset: Dataset | undefined;
  readonly engine: Engine;
  readonly packing: Packing;
  /** Most that `auto` gives; default: `mostAtOnce`. */
  readonly most?: number;
  /** What one lane may take. */
  readonly memoryBytes: number;
}

/** K, as asked for or else from memory: how many trials of a pack the engine holds at once. It moves no bit but on `tfjs`, where that is within its tolerance. */
export const chooseAtOnce = ({ trials, dataset, engine, packing, most = mostAtOnce, memoryBytes }: CapacityOptions): number => {
  if (packing === "off") return 1;
  const wanted = Math.max(1, Math.min(trials.length, packing === "auto" ? most : packing));
  if (packing !== "auto") return wanted;
  let atOnce = wanted;
  while (atOnce > 1 && runBytes({ trials: trials.slice(0, atOnce), dataset, engine }) > memoryBytes) atOnce = Math.ceil(atOnce / 2);
  return atOnce;
};
