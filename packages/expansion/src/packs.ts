import { shapeClass } from "@allot/spec";
import type { Expansion, ShapeRange } from "./expansion.ts";
import { fault } from "./faults.ts";
import { studyOf } from "./study.ts";

/** Consecutive trials that share one traced program. */
export interface PlanClass {
  /** Canonical JSON of the fields that decide the program's shape. */
  readonly shape: string;
  readonly firstTrial: number;
  readonly trials: number;
  readonly packSize: number;
}

/** What is decided once for a sweep: the partition of the trials into packs, and the engine. Plain JSON, O(shape classes) long. */
export interface Plan {
  readonly version: 1;
  /** Lanes have a GPU, and `engine: auto` means the engine that uses it; absent where they have none. */
  readonly gpu?: true;
  readonly classes: readonly PlanClass[];
  readonly packs: number;
}

export interface PlanOptions {
  readonly lanes: number;
  /** Whether lanes have a GPU. */
  readonly gpu?: boolean;
  /** Overrides the size that follows from the lanes. */
  readonly trialsPerPack?: number;
}

/** The unit of lease and of seal: trials `first` … `last`, both included. */
export interface Pack {
  readonly pack: number;
  /** `p000012`. */
  readonly name: string;
  readonly first: number;
  readonly last: number;
}

const largestPack = 256;
/** So that a lane that starts late or dies leaves the others something to take over. */
const packsPerLane = 4;
/** Each class is one traced program. */
const mostClasses = 100_000;

/**
 * Cuts the trials into packs of one shape class and one block each: min(256, ⌈trials of the class / (4 · lanes)⌉) trials, or `trialsPerPack`.
 * Throws ManifestError where an assignment is no valid study, or the sweep needs more than 100,000 programs.
 */
export function planPacks(expansion: Expansion, { lanes, gpu = false, trialsPerPack }: PlanOptions): Plan {
  const found: (ShapeRange & { shape: string })[] = [];
  const blocks = new Set(expansion.blocks.map(({ firstTrial }) => firstTrial));
  for (const range of expansion.shapeRanges()) {
    const shape = shapeOf(expansion, range);
    const last = found.at(-1);
    if (last?.shape === shape && !blocks.has(range.firstTrial)) found[found.length - 1] = { ...last, trials: last.trials + range.trials };
    else found.push({ ...range, shape });
    if (found.length > mostClasses) {
      const message = `the parameters give more than ${mostClasses.toLocaleString("en")} program shapes, each traced and packed alone; give those that change shapes fewer values`;
      fault(expansion.sweep, { path: ["spec", "parameters"], message });
    }
  }
  const totals = new Map<string, number>();
  for (const { shape, trials } of found) totals.set(shape, (totals.get(shape) ?? 0) + trials);
  const sizeOf = (shape: string) => trialsPerPack ?? Math.min(largestPack, Math.ceil(totals.get(shape)! / (packsPerLane * lanes)));
  const classes = found.map(({ shape, firstTrial, trials }) => ({ shape, firstTrial, trials, packSize: sizeOf(shape) }));
  return { version: 1, ...(gpu ? { gpu } : {}), classes, packs: classes.reduce((packs, one) => packs + packsOf(one), 0) };
}

/** The packs of a plan, followed by those of the next block. */
export function joinPlans(plan: Plan, next: Plan): Plan {
  return { ...plan, classes: [...plan.classes, ...next.classes], packs: plan.packs + next.packs };
}

/** The class of a range, looked at from both ends: a range of two classes would train under a wrong program. */
function shapeOf(expansion: Expansion, { firstTrial, trials }: ShapeRange): string {
  if (!expansion.sweep.spec.trainer.study) return "{}";
  const at = (trial: number) => shapeClass(studyOf(expansion, expansion.trialAt(trial)));
  const shape = at(firstTrial);
  if (trials > expansion.replicates && at(firstTrial + trials - 1) !== shape) {
    throw new Error(`trials ${firstTrial} … ${firstTrial + trials - 1} were taken for one program shape and are not: shapeCodes missed a parameter`);
  }
  return shape;
}

function packsOf({ trials, packSize }: PlanClass): number {
  return Math.ceil(trials / packSize);
}

/** The trials of a pack. O(log of the shape classes) after the first call. Throws RangeError outside 0 … packs − 1. */
export function packAt(plan: Plan, pack: number): Pack {
  if (!Number.isInteger(pack) || pack < 0 || pack >= plan.packs) throw new RangeError(`pack ${pack} of ${plan.packs}`);
  const firsts = firstPacks(plan);
  let [low, high] = [0, firsts.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (firsts[middle]! <= pack) low = middle;
    else high = middle - 1;
  }
  const { firstTrial, trials, packSize } = plan.classes[low]!;
  const first = firstTrial + (pack - firsts[low]!) * packSize;
  return { pack, name: `p${String(pack).padStart(6, "0")}`, first, last: Math.min(first + packSize, firstTrial + trials) - 1 };
}

const known = new WeakMap<Plan, readonly number[]>();

/** The number of the first pack of each class. */
function firstPacks(plan: Plan): readonly number[] {
  const found = known.get(plan);
  if (found) return found;
  let packs = 0;
  const firsts = plan.classes.map((one) => {
    const first = packs;
    packs += packsOf(one);
    return first;
  });
  known.set(plan, firsts);
  return firsts;
}
