import { type Placed, sizeOf, type TensorSpec } from "../models/tensors.ts";

/** One tensor's entry. */
export interface Entry {
  readonly name: string;
  readonly index: number;
}

/** Tensors of a scope laid out as one matrix of cells. */
export interface Panel {
  readonly name: string;
  readonly rows: number;
  readonly columns: number;
  entryAt(cell: number): Entry;
}

const matrixOf = (tensor: TensorSpec): [number, number] => [tensor.shape[0] ?? 1, tensor.shape[1] ?? 1];

const namesOf = (tensors: readonly TensorSpec[]): string => tensors.map(({ name }) => name).join("+");

/** One tensor as it is; a vector is a column. */
export const matrixPanel = (tensor: TensorSpec): Panel => {
  const [rows, columns] = matrixOf(tensor);
  return { name: tensor.name, rows, columns, entryAt: (index) => ({ name: tensor.name, index }) };
};

/** All entries in one row, tensor after tensor. */
export const flatPanel = (tensors: readonly TensorSpec[]): Panel => {
  const owners = tensors.map((tensor) => ({ name: tensor.name, size: sizeOf(tensor.shape) }));
  return {
    name: namesOf(tensors),
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

/** A tensor's part of a stacked matrix. */
interface Block {
  readonly neurons: number;
  /** Entries of a neuron. */
  readonly width: number;
  readonly index: (neuron: number, column: number) => number;
}

const byRows = ([rows, columns]: readonly [number, number]): Block => ({ neurons: rows, width: columns, index: (neuron, column) => neuron * columns + column });

const byColumns = ([rows, columns]: readonly [number, number], neurons = columns): Block => {
  const each = columns / neurons;
  const index = (neuron: number, column: number): number => Math.floor(column / each) * columns + (column % each) * neurons + neuron;
  return { neurons, width: rows * each, index };
};

/** Side by side with one neuron per row, e.g. [B | W | Dᵀ]. */
export const stackedPanel = (tensors: readonly TensorSpec[], placed: readonly Placed[]): Panel => {
  const blocks = tensors.map((tensor, at) => {
    const { transposed, neurons } = placed[at]!;
    return { name: tensor.name, ...(transposed ? byColumns(matrixOf(tensor), neurons) : byRows(matrixOf(tensor))) };
  });
  const columns = blocks.reduce((sum, { width }) => sum + width, 0);
  return {
    name: namesOf(tensors),
    rows: blocks[0]?.neurons ?? 0,
    columns,
    entryAt: (cell) => {
      const neuron = Math.floor(cell / columns);
      let column = cell % columns;
      for (const { name, width, index } of blocks) {
        if (column < width) return { name, index: index(neuron, column) };
        column -= width;
      }
      throw new RangeError(`cell ${cell} is outside`);
    },
  };
};
