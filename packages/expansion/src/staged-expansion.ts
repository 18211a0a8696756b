import type { Labels, Sweep } from "@allot/spec";
import type { Derivation } from "./derive.ts";
import type { Arm, Block, Cell, Dropped, Expansion, ParameterInfo, ShapeRange, Stage, Trial } from "./expansion.ts";
import { KeptExpansion } from "./kept-expansion.ts";
import { positionOf } from "./positions.ts";
import type { SweepExpansion } from "./sweep-expansion.ts";

export interface Staged {
  readonly sweep: Sweep;
  /** All arms as each stage trains them, one entry a stage of the manifest. */
  readonly wholes: readonly [SweepExpansion, ...SweepExpansion[]];
  /** The arms of the second stage and those after it, as far as they are decided: ascending, by their numbers in the first. */
  readonly kept: readonly (readonly number[])[];
}

/**
 * The stages of a sweep that are known, one block after the other: all arms, then the arms that were kept, and so on. Arms keep the
 * numbers they have in the first stage, and what asks for the cells of an arm, or a trial by its labels, is told of the first stage.
 */
export class StagedExpansion implements Expansion {
  readonly sweep: Sweep;
  readonly parameters: readonly ParameterInfo[];
  readonly firstTrial = 0;
  readonly trials: number;
  readonly cells: number;
  readonly arms: number;
  readonly copied: number | undefined;
  readonly replicates: number;
  readonly claimed: Expansion["claimed"];
  readonly dropped: readonly Dropped[];
  readonly blocks: readonly Block[];
  readonly stages: readonly Stage[];
  readonly #first: SweepExpansion;
  readonly #starts: readonly number[];

  constructor({ sweep, wholes, kept }: Staged) {
    const [first] = wholes;
    const names = sweep.spec.stages.map(({ name }) => name);
    const stages: Stage[] = [{ name: names[0]!, kept: undefined, expansion: first }];
    for (const [at, arms] of kept.entries()) {
      const whole = wholes[at + 1]!;
      const { expansion } = stages[at]!;
      const next = { whole, kept: arms.map((arm) => sameArm(first, arm, whole)), firstTrial: expansion.firstTrial + expansion.trials };
      stages.push({ name: names[at + 1]!, kept: arms, expansion: new KeptExpansion(next) });
    }
    this.sweep = sweep;
    this.stages = stages;
    this.#first = first;
    this.#starts = stages.map(({ expansion }) => expansion.firstTrial);
    this.parameters = first.parameters;
    this.cells = first.cells;
    this.arms = first.arms;
    this.copied = first.copied;
    this.replicates = first.replicates;
    this.claimed = first.claimed;
    this.dropped = first.dropped;
    this.trials = stages.reduce((trials, { expansion }) => trials + expansion.trials, 0);
    this.blocks = stages.flatMap(({ name, expansion }) =>
      expansion.blocks.map((block) => ({ ...block, name: block.name === "first" ? name : `${name}/${block.name}` })),
    );
  }

  trialAt(index: number): Trial {
    const stage = this.#stageOf(index);
    const trial = stage.expansion.trialAt(index);
    return { ...trial, arm: this.#armIn(stage, trial.arm), stage: stage.name };
  }

  indexOf(labels: Labels, replicate: number): number | undefined {
    return this.#first.indexOf(labels, replicate);
  }

  armAt(arm: number): Arm {
    return this.#first.armAt(arm);
  }

  armOf(trial: number): number {
    const stage = this.#stageOf(trial);
    return this.#armIn(stage, stage.expansion.armOf(trial));
  }

  controlOf(arm: number): number {
    return this.#first.controlOf(arm);
  }

  cellsOf(arm: number): Iterable<Cell> {
    return this.#first.cellsOf(arm);
  }

  *shapeRanges(): Iterable<ShapeRange> {
    for (const { expansion } of this.stages) yield* expansion.shapeRanges();
  }

  sweepOf(trial: number): Sweep {
    return this.#stageOf(trial).expansion.sweep;
  }

  derivationOf(trial: number): Derivation | undefined {
    return this.#stageOf(trial).expansion.derivationOf(trial);
  }

  #stageOf(trial: number): Stage {
    if (!(trial >= 0 && trial < this.trials)) throw new RangeError(`trial ${trial} of ${this.trials}`);
    return this.stages[positionOf(this.#starts, trial)]!;
  }

  /** The copy of the baseline has the number after the last arm, in a stage as in the sweep. */
  #armIn({ kept }: Stage, own: number): number {
    return kept?.[own] ?? (kept ? this.arms : own);
  }
}

/** What a stage sets may decide which axes change the program, and so how its arms are numbered: the labels tell which is which. */
function sameArm(from: SweepExpansion, arm: number, to: SweepExpansion): number {
  const index = to.indexOf(from.trialAt(from.cellAt(arm, 0)).labels, 0);
  if (index === undefined) throw new Error(`the arm ${from.armAt(arm).name} is in no other stage`);
  return to.armOf(index);
}
