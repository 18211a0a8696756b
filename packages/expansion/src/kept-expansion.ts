import type { Labels, Sweep } from "@allot/spec";
import type { Derivation } from "./derive.ts";
import type { Arm, Block, Cell, Dropped, Expansion, ParameterInfo, ShapeRange, Stage, Trial } from "./expansion.ts";
import { positionOf } from "./positions.ts";
import type { SweepExpansion } from "./sweep-expansion.ts";

export interface Kept {
  /** All arms, as the stage trains them. */
  readonly whole: SweepExpansion;
  /** The arms that are trained, by their numbers in `whole`; with each arm its control. */
  readonly kept: readonly number[];
  readonly firstTrial: number;
}

/**
 * Some arms of an expansion as one of its own: they are numbered in the order given, and trials from `firstTrial`, by arm, cell and
 * replicate. It keeps a few numbers an arm; the rest is computed from `whole`.
 */
export class KeptExpansion implements Expansion {
  readonly sweep: Sweep;
  readonly parameters: readonly ParameterInfo[];
  readonly firstTrial: number;
  readonly trials: number;
  readonly cells: number;
  readonly arms: number;
  readonly copied: number | undefined;
  readonly replicates: number;
  readonly claimed: Expansion["claimed"];
  readonly dropped: readonly Dropped[];
  readonly blocks: readonly Block[];
  readonly stages: readonly Stage[] = [];
  readonly #whole: SweepExpansion;
  /** The arms' numbers in `whole`; last the copy's, where there is one. */
  readonly #kept: readonly number[];
  readonly #places: ReadonlyMap<number, number>;
  /** The first cell of each arm, and of the end. */
  readonly #starts: readonly number[];

  constructor({ whole, kept, firstTrial }: Kept) {
    const { sweep, parameters, replicates, dropped, copied } = whole;
    const starts = [0];
    this.#kept = copied === undefined ? kept : [...kept, whole.arms];
    for (const [own, arm] of this.#kept.entries()) starts.push(starts[own]! + whole.armAt(arm).cells);
    this.#whole = whole;
    this.#places = new Map(kept.map((arm, own) => [arm, own]));
    this.#starts = starts;
    this.sweep = sweep;
    this.parameters = parameters;
    this.replicates = replicates;
    this.claimed = whole.claimed.map((arms) => arms.map((arm) => this.#places.get(arm)));
    this.dropped = dropped;
    this.firstTrial = firstTrial;
    this.arms = kept.length;
    this.copied = copied === undefined ? undefined : this.#placeOf(copied);
    this.cells = starts[kept.length]!;
    this.trials = starts[this.#kept.length]! * replicates;
    const first = this.cells * replicates;
    this.blocks = [
      { name: "first", firstTrial, trials: first },
      ...(copied === undefined ? [] : [{ name: "noiseFloor", firstTrial: firstTrial + first, trials: this.trials - first }]),
    ];
  }

  trialAt(index: number): Trial {
    const { own, nth, replicate } = this.#find(index);
    return { ...this.#whole.trialAt(this.#whole.cellAt(this.#kept[own]!, nth) + replicate), index, arm: own };
  }

  indexOf(labels: Labels, replicate: number): number | undefined {
    const trial = this.#whole.indexOf(labels, replicate);
    const own = trial === undefined ? undefined : this.#places.get(this.#whole.armOf(trial));
    if (trial === undefined || own === undefined) return undefined;
    const nth = [...this.#whole.cellsOf(this.#kept[own]!)].findIndex(({ firstTrial }) => firstTrial === trial - replicate);
    return this.#firstOf(own, nth) + replicate;
  }

  armAt(own: number): Arm {
    return { ...this.#whole.armAt(this.#armOf(own)), index: own };
  }

  armOf(trial: number): number {
    return this.#find(trial).own;
  }

  controlOf(own: number): number {
    return this.#placeOf(this.#whole.controlOf(this.#armOf(own)));
  }

  *cellsOf(own: number): Iterable<Cell> {
    let nth = 0;
    for (const { labels } of this.#whole.cellsOf(this.#armOf(own))) yield { labels, firstTrial: this.#firstOf(own, nth++) };
  }

  /** A range each cell: neighbours of equal shape are for whoever knows shapes to join. */
  *shapeRanges(): Iterable<ShapeRange> {
    for (let cell = 0; cell < this.#starts.at(-1)!; cell++) yield { firstTrial: this.firstTrial + cell * this.replicates, trials: this.replicates };
  }

  sweepOf(): Sweep {
    return this.sweep;
  }

  derivationOf(): Derivation | undefined {
    return this.#whole.derivationOf();
  }

  #find(trial: number): { own: number; nth: number; replicate: number } {
    const at = trial - this.firstTrial;
    if (!Number.isInteger(at) || at < 0 || at >= this.trials) {
      throw new RangeError(`trial ${trial} of ${this.trials} from ${this.firstTrial}`);
    }
    const cell = Math.floor(at / this.replicates);
    const own = positionOf(this.#starts, cell);
    return { own, nth: cell - this.#starts[own]!, replicate: at % this.replicates };
  }

  #firstOf(own: number, nth: number): number {
    return this.firstTrial + (this.#starts[own]! + nth) * this.replicates;
  }

  #armOf(own: number): number {
    const arm = this.#kept[own];
    if (arm === undefined) throw new RangeError(`arm ${own} of ${this.arms}`);
    return arm;
  }

  #placeOf(arm: number): number {
    const own = this.#places.get(arm);
    if (own === undefined) throw new RangeError(`arm ${arm} is not kept, and another arm's control`);
    return own;
  }
}
