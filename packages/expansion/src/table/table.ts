import type { Axis } from "../axes.ts";
import type { ShapeCodes } from "../shapes.ts";
import type { Rows } from "./rows.ts";

/** A component as a list of kept points, addressed by position. A single axis that no rule touches needs no list: point = digit. */
export class Table {
  readonly axes: readonly Axis[];
  readonly count: number;
  /** Runs of points with equal shape digits; run r holds the points `start(r)` … `start(r + 1) − 1`. */
  readonly runs: number;
  /** Assignments of the factors that occur. */
  readonly arms: number;
  readonly #rows: Rows | undefined;
  readonly #starts: Uint32Array | undefined;
  /** Arm of each point; undefined where points and arms are the same or there is one arm. */
  readonly #armOf: Uint32Array | undefined;
  /** Points sorted by arm, and where each arm starts. */
  readonly #byArm: Uint32Array | undefined;
  readonly #armStarts: Uint32Array | undefined;
  readonly #factorColumns: readonly number[];

  /** `rows` must be sorted with the shape axes first; without them the component is one free axis. */
  constructor(axes: readonly Axis[], { rows, shapes }: { rows?: Rows; shapes: ShapeCodes }) {
    this.axes = axes;
    this.#rows = rows;
    this.count = rows ? rows.count : axes[0]!.size;
    this.#factorColumns = columnsWhere(axes, ({ role }) => role === "factor");
    this.#starts = shapeStarts({ axes, rows, shapes, count: this.count });
    this.runs = this.#starts ? this.#starts.length - 1 : 1;
    if (rows && this.#factorColumns.length > 0 && this.#factorColumns.length < axes.length) {
      const byArm = rows.sorted(this.#factorColumns);
      this.#byArm = byArm;
      this.#armStarts = boundaries(this.count, (at) => !rows.equal(byArm[at]!, byArm[at - 1]!, this.#factorColumns));
      this.#armOf = new Uint32Array(this.count);
      for (let arm = 0; arm < this.#armStarts.length - 1; arm++) {
        for (let at = this.#armStarts[arm]!; at < this.#armStarts[arm + 1]!; at++) this.#armOf[this.#byArm[at]!] = arm;
      }
    }
    this.arms = this.#armStarts ? this.#armStarts.length - 1 : this.#factorColumns.length > 0 ? this.count : 1;
  }

  /** The first point of a run; of the run after the last, the count. */
  start(run: number): number {
    return this.#starts ? this.#starts[run]! : run * this.count;
  }

  /** The run a point is in; O(log). */
  runOf(point: number): number {
    if (!this.#starts) return 0;
    let [low, high] = [0, this.runs - 1];
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#starts[middle]! <= point) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  /** Writes the digits of a point, by axis index. */
  read(point: number, digits: { [axis: number]: number }): void {
    if (this.#rows) this.#rows.read(point, digits);
    else digits[this.axes[0]!.index] = point;
  }

  /** The point with these digits, or −1; O(axes · log). */
  find(digits: ArrayLike<number>): number {
    if (!this.#rows) {
      const digit = digits[this.axes[0]!.index]!;
      return digit < this.count ? digit : -1;
    }
    const columns = this.axes.map((_axis, column) => column);
    return search(this.count, (point) => this.#rows!.compare(point, digits, columns));
  }

  armOf(point: number): number {
    if (this.#armOf) return this.#armOf[point]!;
    return this.arms === 1 ? 0 : point;
  }

  /** How many points an arm has. */
  size(arm: number): number {
    if (this.#armStarts) return this.#armStarts[arm + 1]! - this.#armStarts[arm]!;
    return this.#factorColumns.length > 0 ? 1 : this.count;
  }

  /** Point number `nth` of an arm. */
  point(arm: number, nth: number): number {
    if (this.#byArm) return this.#byArm[this.#armStarts![arm]! + nth]!;
    return this.#factorColumns.length > 0 ? arm : nth;
  }

  /** The arm with these factor digits, or −1; O(axes · log). */
  findArm(digits: ArrayLike<number>): number {
    if (this.#factorColumns.length === 0) return 0;
    if (!this.#rows) return this.find(digits);
    return search(this.arms, (arm) => this.#rows!.compare(this.point(arm, 0), digits, this.#factorColumns));
  }
}

function columnsWhere(axes: readonly Axis[], holds: (axis: Axis) => boolean): number[] {
  return axes.flatMap((axis, column) => (holds(axis) ? [column] : []));
}

interface Shaped {
  readonly axes: readonly Axis[];
  readonly rows: Rows | undefined;
  readonly shapes: ShapeCodes;
  readonly count: number;
}

/** Where consecutive points begin to differ in a shape code; undefined where they never do. */
function shapeStarts({ axes, rows, shapes, count }: Shaped): Uint32Array | undefined {
  const coded = axes.flatMap(({ index }, column) => {
    const codes = shapes.get(index);
    return codes ? [{ column, codes }] : [];
  });
  if (coded.length === 0) return undefined;
  const digit = (point: number, column: number) => (rows ? rows.digit(point, column) : point);
  return boundaries(count, (point) => coded.some(({ column, codes }) => codes[digit(point, column)] !== codes[digit(point - 1, column)]));
}

/** The positions that differ from the one before, and the count. */
function boundaries(count: number, differs: (position: number) => boolean): Uint32Array {
  const starts: number[] = [];
  for (let position = 0; position < count; position++) if (position === 0 || differs(position)) starts.push(position);
  starts.push(count);
  return Uint32Array.from(starts);
}

function search(count: number, compare: (position: number) => number): number {
  let [low, high] = [0, count - 1];
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const side = compare(middle);
    if (side === 0) return middle;
    if (side < 0) low = middle + 1;
    else high = middle - 1;
  }
  return -1;
}
