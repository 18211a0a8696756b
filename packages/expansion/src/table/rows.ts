/** Points as rows of digits, one column an axis, in one typed array. */
export class Rows {
  /** Axis index of each column. */
  readonly columns: readonly number[];
  /** Digits a column can hold, inactive included. */
  readonly radixes: readonly number[];
  #cells: Uint8Array | Uint16Array | Uint32Array;
  #count = 0;

  constructor(columns: readonly number[], radixes: readonly number[], capacity = 16) {
    this.columns = columns;
    this.radixes = radixes;
    this.#cells = this.#cellsFor(capacity);
  }

  /** Room for so many rows, in the narrowest type that holds every digit. */
  #cellsFor(rows: number): Uint8Array | Uint16Array | Uint32Array {
    const length = rows * this.columns.length;
    const widest = Math.max(0, ...this.radixes);
    if (widest <= 0x100) return new Uint8Array(length);
    return widest <= 0x10000 ? new Uint16Array(length) : new Uint32Array(length);
  }

  get count(): number {
    return this.#count;
  }

  /** Appends the digits of this table's axes; `digits` is by axis index. */
  push(digits: ArrayLike<number>): void {
    const width = this.columns.length;
    const from = this.#count * width;
    if (from + width > this.#cells.length) {
      const larger = this.#cellsFor(Math.max(this.#count, 8) * 2);
      larger.set(this.#cells);
      this.#cells = larger;
    }
    for (let column = 0; column < width; column++) this.#cells[from + column] = digits[this.columns[column]!]!;
    this.#count++;
  }

  digit(row: number, column: number): number {
    return this.#cells[row * this.columns.length + column]!;
  }

  /** Writes a row's digits to `digits`, by axis index. */
  read(row: number, digits: { [axis: number]: number }): void {
    const { columns } = this;
    const from = row * columns.length;
    for (let column = 0; column < columns.length; column++) digits[columns[column]!] = this.#cells[from + column]!;
  }

  /** −1, 0 or 1 as the row comes before, at or after the digits, looking at the given columns in turn. */
  compare(row: number, digits: ArrayLike<number>, columns: readonly number[]): number {
    for (const column of columns) {
      const difference = this.digit(row, column) - digits[this.columns[column]!]!;
      if (difference !== 0) return difference < 0 ? -1 : 1;
    }
    return 0;
  }

  equal(row: number, other: number, columns: readonly number[]): boolean {
    return columns.every((column) => this.digit(row, column) === this.digit(other, column));
  }

  /** Row numbers sorted by the given columns, the first the most significant; a stable counting sort, O(rows · columns). */
  sorted(columns: readonly number[]): Uint32Array {
    let order = Uint32Array.from({ length: this.#count }, (_unused, row) => row);
    for (const column of columns.toReversed()) {
      const next = new Uint32Array(this.#count);
      const starts = new Uint32Array(this.radixes[column]! + 1);
      for (let row = 0; row < this.#count; row++) starts[this.digit(row, column) + 1]!++;
      for (let digit = 1; digit < starts.length; digit++) starts[digit]! += starts[digit - 1]!;
      for (const row of order) next[starts[this.digit(row, column)]!++] = row;
      order = next;
    }
    return order;
  }

  /** The same points with columns in another order, sorted by it. */
  arranged(axes: readonly number[]): Rows {
    const columns = axes.map((axis) => this.columns.indexOf(axis));
    if (columns.every((column, at) => column === at) && this.#ascending()) return this;
    const arranged = new Rows(
      axes,
      columns.map((column) => this.radixes[column]!),
      this.#count,
    );
    const digits: { [axis: number]: number; length: number } = { length: 0 };
    for (const row of this.sorted(columns)) {
      this.read(row, digits);
      arranged.push(digits);
    }
    return arranged;
  }

  #ascending(): boolean {
    for (let row = 1; row < this.#count; row++) {
      const column = this.columns.findIndex((_axis, at) => this.digit(row, at) !== this.digit(row - 1, at));
      if (column >= 0 && this.digit(row, column) < this.digit(row - 1, column)) return false;
    }
    return true;
  }
}
