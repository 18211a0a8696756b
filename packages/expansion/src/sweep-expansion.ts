import type { Label, Labels, Stream, Sweep } from "@allot/spec";
import { type Axis, digitOf } from "./axes.ts";
import type { ArmParts } from "./claims.ts";
import { assignmentName, type Controls } from "./controls.ts";
import type { Derivation } from "./derive.ts";
import type { Arm, Block, Cell, Dropped, Expansion, ParameterInfo, ShapeRange, Stage, Trial } from "./expansion.ts";
import { type RootStreams, rootStreams } from "./streams.ts";
import { Product } from "./table/product.ts";
import type { Table } from "./table/table.ts";

export interface Parts {
  readonly sweep: Sweep;
  readonly derivation: Derivation | undefined;
  readonly axes: readonly Axis[];
  readonly tables: readonly Table[];
  /** One entry a table. */
  readonly controls: readonly Controls[];
  /** The arm of each table that is trained twice. */
  readonly copied: readonly number[] | undefined;
  /** By claim. */
  readonly claimed: readonly (readonly ArmParts[])[];
  readonly dropped: readonly Dropped[];
}

/**
 * An expansion over one block, and one for the copy of the baseline where it is trained twice: trial = cell · replicates + replicate, where
 * the copy's cells come last in the order of its arm; arm = mixed radix over the arms of the tables.
 */
export class SweepExpansion implements Expansion {
  readonly sweep: Sweep;
  readonly parameters: readonly ParameterInfo[];
  readonly firstTrial = 0;
  readonly trials: number;
  readonly cells: number;
  readonly arms: number;
  readonly copied: number | undefined;
  readonly replicates: number;
  readonly claimed: readonly (readonly number[])[];
  readonly dropped: readonly Dropped[];
  readonly blocks: readonly Block[];
  readonly stages: readonly Stage[] = [];
  readonly #product: Product;
  readonly #derivation: Derivation | undefined;
  readonly #axes: readonly Axis[];
  readonly #controls: readonly Controls[];
  readonly #copied: readonly number[] | undefined;
  readonly #firstCopy: number;
  readonly #factors: readonly number[];
  readonly #streams: RootStreams;
  readonly #points: Float64Array;
  readonly #digits: Uint32Array;
  /** Made at the first trial: a million generated labels are not made to count them. */
  #columns: readonly Column[] | undefined;

  constructor({ sweep, derivation, axes, tables, controls, copied, claimed, dropped }: Parts) {
    this.sweep = sweep;
    this.#derivation = derivation;
    this.parameters = axes.flatMap(parametersOf);
    this.#product = new Product(tables);
    this.replicates = sweep.spec.replicates.count;
    this.cells = this.#product.cells;
    this.#copied = copied;
    this.#firstCopy = this.cells * this.replicates;
    const copies = copied ? this.#size(copied) * this.replicates : 0;
    this.trials = this.#firstCopy + copies;
    this.arms = tables.reduce((product, table) => product * table.arms, 1);
    this.copied = copied && this.#combine(copied);
    this.claimed = claimed.map((arms) => arms.map((parts) => this.#combine(parts)));
    this.dropped = dropped;
    this.blocks = [
      { name: "first", firstTrial: 0, trials: this.#firstCopy },
      ...(copied ? [{ name: "noiseFloor", firstTrial: this.#firstCopy, trials: copies }] : []),
    ];
    this.#axes = axes;
    this.#controls = controls;
    this.#factors = axes.filter(({ role }) => role === "factor").map(({ index }) => index);
    this.#streams = rootStreams(sweep, axes);
    this.#points = new Float64Array(tables.length);
    this.#digits = new Uint32Array(axes.length);
  }

  trialAt(index: number): Trial {
    this.#decode(index);
    const replicate = index % this.replicates;
    this.#columns ??= columnsOf(this.#axes);
    const labels = labelsOf(this.#columns, this.#digits);
    const streams: Readonly<Record<Stream, string>> = this.#streams(replicate, this.#digits);
    const trial = { index, replicate, arm: this.#arm(index), labels, streams };
    return index < this.#firstCopy ? trial : { ...trial, copy: true };
  }

  indexOf(labels: Labels, replicate: number): number | undefined {
    if (!Number.isInteger(replicate) || replicate < 0 || replicate >= this.replicates) return undefined;
    let named = 0;
    for (const axis of this.#axes) {
      const digit = digitOf(axis, labels);
      if (digit === undefined) return undefined;
      if (digit < axis.size) named += axis.levels.length;
      this.#digits[axis.index] = digit;
    }
    if (named !== Object.keys(labels).length) return undefined;
    for (const [at, table] of this.#product.tables.entries()) {
      const point = table.find(this.#digits);
      if (point < 0) return undefined;
      this.#points[at] = point;
    }
    return this.#product.encode(this.#points) * this.replicates + replicate;
  }

  armAt(arm: number): Arm {
    const parts = this.#armParts(arm);
    for (const [at, table] of this.#product.tables.entries()) table.read(table.point(parts[at]!, 0), this.#digits);
    const name = assignmentName(this.#factors, this.#axes, this.#digits);
    return {
      index: arm,
      labels: labelsOf(columnsOf(this.#axes.filter(({ role }) => role === "factor")), this.#digits),
      name: arm < this.arms ? name : `${name} (again)`,
      baseline: this.controlOf(arm) === arm,
      cells: this.#size(parts),
    };
  }

  armOf(trial: number): number {
    this.#decode(trial);
    return this.#arm(trial);
  }

  controlOf(arm: number): number {
    return this.#combine(this.#armParts(arm).map((part, at) => this.#controls[at]!(part)));
  }

  *cellsOf(arm: number): Iterable<Cell> {
    const { tables } = this.#product;
    const parts = this.#armParts(arm);
    const total = this.#size(parts);
    const others = columnsOf(this.#axes.filter(({ role }) => role !== "factor"));
    const points = new Float64Array(tables.length);
    const digits = new Uint32Array(this.#axes.length);
    for (let cell = 0; cell < total; cell++) {
      this.#choose(parts, cell, points);
      for (let at = 0; at < tables.length; at++) tables[at]!.read(points[at]!, digits);
      const place = arm < this.arms ? this.#product.encode(points) : this.cells + cell;
      yield { labels: labelsOf(others, digits), firstTrial: place * this.replicates };
    }
  }

  /** The first trial of cell number `nth` of an arm, in the order of `cellsOf`. O(axes). */
  cellAt(arm: number, nth: number): number {
    if (arm === this.arms && this.#copied) return this.#firstCopy + nth * this.replicates;
    this.#choose(this.#armParts(arm), nth, this.#points);
    return this.#product.encode(this.#points) * this.replicates;
  }

  sweepOf(): Sweep {
    return this.sweep;
  }

  derivationOf(): Derivation | undefined {
    return this.#derivation;
  }

  *shapeRanges(): Iterable<ShapeRange> {
    for (const { first, cells } of this.#product.ranges()) yield { firstTrial: first * this.replicates, trials: cells * this.replicates };
    const copied = this.#copied;
    if (!copied) return;
    const alike = this.#product.tables.every((table, at) => table.runs === 1 || table.size(copied[at]!) === 1);
    if (alike) yield { firstTrial: this.#firstCopy, trials: this.trials - this.#firstCopy };
    else for (const { firstTrial } of this.cellsOf(this.arms)) yield { firstTrial, trials: this.replicates };
  }

  /** Leaves the trial's points and digits in the scratch arrays. */
  #decode(trial: number): void {
    if (!Number.isInteger(trial) || trial < 0 || trial >= this.trials) throw new RangeError(`trial ${trial} of ${this.trials}`);
    const cell = Math.floor(trial / this.replicates);
    if (cell < this.cells) this.#product.decode(cell, this.#points);
    else this.#choose(this.#copied!, cell - this.cells, this.#points);
    const { tables } = this.#product;
    for (let at = 0; at < tables.length; at++) tables[at]!.read(this.#points[at]!, this.#digits);
  }

  /** Of the trial that was decoded last. */
  #arm(trial: number): number {
    if (trial >= this.#firstCopy) return this.arms;
    const { tables } = this.#product;
    let arm = 0;
    for (let at = 0; at < tables.length; at++) arm = arm * tables[at]!.arms + tables[at]!.armOf(this.#points[at]!);
    return arm;
  }

  /** How many cells an arm has. */
  #size(parts: readonly number[]): number {
    return this.#product.tables.reduce((product, table, at) => product * table.size(parts[at]!), 1);
  }

  /** Writes the points of cell number `nth` of an arm. */
  #choose(parts: readonly number[], nth: number, points: Float64Array): void {
    const { tables } = this.#product;
    let rest = nth;
    for (let at = tables.length - 1; at >= 0; at--) {
      const size = tables[at]!.size(parts[at]!);
      const own = rest % size;
      rest = (rest - own) / size;
      points[at] = tables[at]!.point(parts[at]!, own);
    }
  }

  #armParts(arm: number): readonly number[] {
    if (this.#copied && arm === this.arms) return this.#copied;
    if (!Number.isInteger(arm) || arm < 0 || arm >= this.arms) throw new RangeError(`arm ${arm} of ${this.arms}`);
    const { tables } = this.#product;
    const parts = tables.map(() => 0);
    let rest = arm;
    for (let at = tables.length - 1; at >= 0; at--) {
      const { arms } = tables[at]!;
      parts[at] = rest % arms;
      rest = Math.floor(rest / arms);
    }
    return parts;
  }

  #combine(parts: readonly number[]): number {
    return parts.reduce((arm, part, at) => arm * this.#product.tables[at]!.arms + part, 0);
  }
}

function parametersOf({ levels, role, when }: Axis): ParameterInfo[] {
  return levels.map((level) => ({
    name: level.name,
    role,
    paths: level.paths,
    get labels() {
      return level.labels;
    },
    ...(when !== undefined && { when }),
  }));
}

/** A parameter's labels beside the digit that chooses one. */
interface Column {
  readonly name: string;
  readonly axis: number;
  /** The digit that stands for inactive. */
  readonly inactive: number;
  readonly labels: readonly Label[];
}

function columnsOf(axes: readonly Axis[]): Column[] {
  return axes.flatMap(({ index, size, levels }) => levels.map(({ name, labels }) => ({ name, axis: index, inactive: size, labels })));
}

function labelsOf(columns: readonly Column[], digits: Uint32Array): Labels {
  const labels: Record<string, Label> = {};
  for (let at = 0; at < columns.length; at++) {
    const { name, axis, inactive, labels: all } = columns[at]!;
    const digit = digits[axis]!;
    if (digit !== inactive) labels[name] = all[digit]!;
  }
  return labels;
}
