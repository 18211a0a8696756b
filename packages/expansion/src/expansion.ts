import type { Labels, Role, Stream, Sweep } from "@allot/spec";
import type { Derivation } from "./derive.ts";

/** A named thing to cross, as the manifest gives it. */
export interface ParameterInfo {
  readonly name: string;
  readonly role: Role;
  /** Where its value goes in `trainer.study`. */
  readonly paths: readonly string[];
  /** One label a value, in manifest order. */
  readonly labels: readonly (string | number | boolean)[];
  /** The CEL rule that says where it exists. */
  readonly when?: string;
}

/** All replicates of one assignment of the active factors. */
export interface Arm {
  readonly index: number;
  /** The active factors. */
  readonly labels: Labels;
  /** `a=1, b=half`, in manifest order; `all` where nothing is compared. */
  readonly name: string;
  /** True where the arm is its own control. */
  readonly baseline: boolean;
  /** How many combinations of tuned and blocked parameters it has. */
  readonly cells: number;
}

/** One combination of the tuned and blocked parameters of an arm; replicate r of it is trial `firstTrial + r`. */
export interface Cell {
  /** The active tuned and blocked parameters. */
  readonly labels: Labels;
  readonly firstTrial: number;
}

/** One training: an arm, its tuned and blocked values, and a replicate. */
export interface Trial {
  readonly index: number;
  readonly replicate: number;
  readonly arm: number;
  /** Every active parameter. */
  readonly labels: Labels;
  /** Root of each named stream, 16 hex digits; the same in every arm. */
  readonly streams: Readonly<Record<Stream, string>>;
  /** The stage it belongs to, where the sweep has any. */
  readonly stage?: string;
  /** A second training for the noise floor: equal to another trial in all but its index and arm. */
  readonly copy?: true;
}

/** A range of the index space that never changes. */
export interface Block {
  readonly name: string;
  readonly firstTrial: number;
  readonly trials: number;
}

/** Trials `firstTrial` … `firstTrial + trials − 1`. */
export interface ShapeRange {
  readonly firstTrial: number;
  readonly trials: number;
}

/** The points a constraint took out, replicates not counted; beyond 2^53 the count is rounded. */
export interface Dropped {
  readonly rule: string;
  readonly count: number;
}

/** A budget level of a sweep. */
export interface Stage {
  readonly name: string;
  /** The numbers that its arms have in the sweep, ascending; undefined where it trains them all. */
  readonly kept: readonly number[] | undefined;
  /** Its arms alone, numbered from 0, as it trains them; its trials have the indexes they have in the sweep. */
  readonly expansion: Expansion;
}

/** The whole index space of a sweep, computed and never stored: every method costs O(axes · log), whatever the number of trials. */
export interface Expansion {
  readonly sweep: Sweep;
  readonly parameters: readonly ParameterInfo[];
  /** 0, but in the expansion of a later stage. */
  readonly firstTrial: number;
  readonly trials: number;
  /** Of all arms together; each is trained once a replicate. */
  readonly cells: number;
  readonly arms: number;
  /**
   * The baseline's arm, where `replicates.noiseFloor` has it trained twice. The copy is arm number `arms`, which no count has: it is there
   * to be looked up, and its trials are the last block.
   */
  readonly copied: number | undefined;
  readonly replicates: number;
  /** The one or two arms of each claim, in manifest order; undefined where a later stage does not train it. */
  readonly claimed: readonly (readonly (number | undefined)[])[];
  /** One entry a constraint, in manifest order. */
  readonly dropped: readonly Dropped[];
  readonly blocks: readonly Block[];
  /** The stages whose arms are decided, in order; none where the sweep has no stages. */
  readonly stages: readonly Stage[];
  /** Throws RangeError outside firstTrial … firstTrial + trials − 1. */
  trialAt(index: number): Trial;
  /** The inverse of `trialAt`, but for copies, which `cellsOf` finds; undefined where no such trial exists. */
  indexOf(labels: Labels, replicate: number): number | undefined;
  /** Throws RangeError where there is no such arm. */
  armAt(arm: number): Arm;
  armOf(trial: number): number;
  /** The arm with the baseline's values and otherwise this arm's; the baseline's control is itself. */
  controlOf(arm: number): number;
  cellsOf(arm: number): Iterable<Cell>;
  /** The sweep as the stage of a trial trains it. */
  sweepOf(trial: number): Sweep;
  /** What numbers of its study follow from a budget, where any do. */
  derivationOf(trial: number): Derivation | undefined;
  /** Consecutive trials that agree in every parameter that decides the program's shape, in order; together all trials. */
  shapeRanges(): Iterable<ShapeRange>;
}
