import { type Placed, sizeOf } from "../models/tensors.ts";

/** A tensor whose entries may be trained: one of the model's, or what it is made of. */
export interface Block {
  readonly name: string;
  readonly layer: string;
  readonly shape: readonly number[];
}

/** One tensor's entry. */
export interface Entry {
  readonly name: string;
  readonly index: number;
}

/** Blocks of a scope laid out as one matrix of cells. */
export interface Panel {
  readonly names: readonly string[];
  readonly rows: number;
  readonly columns: number;
  readonly entryAt: (cell: number) => Entry;
}

const matrixOf = ({ shape }: Block): [number, number] => [shape[0] ?? 1, shape[1] ?? 1];

const namesOf = (blocks: readonly Block[]): string[] => blocks.map(({ name }) => name);

/** One block as it is; a vector is a column. */
export const matrixPanel = (block: Block): Panel => {
  const [rows, columns] = matrixOf(block);
  return { names: [block.name], rows, columns, entryAt: (index) => ({ name: block.name, index }) };
};

/** All entries in one row, block after block. */
export const flatPanel = (blocks: readonly Block[]): Panel => {
  const owners = blocks.map(({ name, shape }) => ({ name, size: sizeOf(shape) }));
  return {
    names: namesOf(blocks),
    rows: 1,
    columns: owners.reduce((sum, { size }) => sum + size, 0),
    entryAt: (cell) => {
      let index = cell;
      for (const { name, size } of owners) {
        if (index < size) return { name, index };
        index -= size;
      }
      throw new RangeError(`cell ${cell} is outside`);
    },
  };
};

/** A block's part of a stacked matrix. */
interface Side {
  readonly neurons: number;
  /** Entries of a neuron. */
  readonly width: number;
  readonly index: (neuron: number, column: number) => number;
}

const byRows = ([rows, columns]: readonly [number, number]): Side => ({ neurons: rows, width: columns, index: (neuron, column) => neuron * columns + column });

const byColumns = ([rows, columns]: readonly [number, number], neurons = columns): Side => {
  const each = columns / neurons;
  const index = (neuron: number, column: number): number => Math.floor(column / each) * columns + (column % each) * neurons + neuron;
  return { neurons, width: rows * each, index };
};

/** Side by side with one neuron per row, e.g. [B | W | Dᵀ]. */
export const stackedPanel = (blocks: readonly Block[], placed: readonly Placed[]): Panel => {
  const sides = blocks.map((block, at) => {
    const { transposed, neurons } = placed[at]!;
    return { name: block.name, ...(transposed ? byColumns(matrixOf(block), neurons) : byRows(matrixOf(block))) };
  });
  const columns = sides.reduce((sum, { width }) => sum + width, 0);
  return {
    names: namesOf(blocks),
    rows: sides[0]?.neurons ?? 0,
    columns,
    entryAt: (cell) => {
      const neuron = Math.floor(cell / columns);
      let column = cell % columns;
      for (const { name, width, index } of sides) {
        if (column < width) return { name, index: index(neuron, column) };
        column -= width;
      }
      throw new RangeError(`cell ${cell} is outside`);
    },
  };
};
