import type { Table } from "./table.ts";

/**
 * The product of the tables as one range of cells. The runs of equal shape digits of all tables vary slowest, in table order, so every
 * program shape is one consecutive range; within them the points, the last table fastest.
 */
export class Product {
  readonly tables: readonly Table[];
  readonly cells: number;
  /** Product of the counts of the tables after each. */
  readonly #tails: readonly number[];

  /** `cells` is the product of the counts and must be a safe integer. */
  constructor(tables: readonly Table[]) {
    this.tables = tables;
    const counts = tables.map(({ count }) => count);
    this.#tails = counts.map((_count, at) => counts.slice(at + 1).reduce((product, count) => product * count, 1));
    this.cells = counts.reduce((product, count) => product * count, 1);
  }

  /** How many combinations of runs there are. */
  get runs(): number {
    return this.tables.reduce((product, { runs }) => product * runs, 1);
  }

  /** Writes the point of each table. O(tables · log). */
  decode(cell: number, points: Float64Array): void {
    const { tables } = this;
    let rest = cell;
    let chosen = 1;
    for (let at = 0; at < tables.length; at++) {
      const table = tables[at]!;
      if (table.runs === 1) {
        points[at] = 0;
        chosen *= table.count;
        continue;
      }
      const unit = chosen * this.#tails[at]!;
      const run = table.runOf(Math.floor(rest / unit));
      const start = table.start(run);
      rest -= unit * start;
      chosen *= table.start(run + 1) - start;
      points[at] = run;
    }
    for (let at = tables.length - 1; at >= 0; at--) {
      const table = tables[at]!;
      const run = points[at]!;
      const start = table.start(run);
      const size = table.start(run + 1) - start;
      const quotient = Math.floor(rest / size);
      points[at] = start + rest - quotient * size;
      rest = quotient;
    }
  }

  /** The cell of a point of each table; inverse of `decode`. */
  encode(points: Float64Array): number {
    const { tables } = this;
    let before = 0;
    let chosen = 1;
    let within = 0;
    for (let at = 0; at < tables.length; at++) {
      const table = tables[at]!;
      const run = table.runOf(points[at]!);
      const start = table.start(run);
      const size = table.start(run + 1) - start;
      before += chosen * this.#tails[at]! * start;
      chosen *= size;
      within = within * size + points[at]! - start;
    }
    return before + within;
  }

  /** Ranges of cells with equal shape digits, in order. */
  *ranges(): Iterable<{ readonly first: number; readonly cells: number }> {
    const { tables } = this;
    const total = this.runs;
    let first = 0;
    for (let range = 0; range < total; range++) {
      let rest = range;
      let cells = 1;
      for (const table of tables.toReversed()) {
        const run = rest % table.runs;
        rest = (rest - run) / table.runs;
        cells *= table.start(run + 1) - table.start(run);
      }
      yield { first, cells };
      first += cells;
    }
  }
}
