import type { ModelFunction, Placed } from "./tensors.ts";

/** Matrices and vectors of which row i belongs to neuron i. */
export const rows = (...names: readonly string[]): Placed[] => names.map((name) => ({ name, transposed: false }));

/** Matrices of which column i does: what reads the neurons. */
export const columns = (...names: readonly string[]): Placed[] => names.map((name) => ({ name, transposed: true }));

/** Where tensors touch units that they share, by the first of a model's axes of units that has them all. */
export const axes =
  (known: readonly (readonly Placed[])[]): ModelFunction["neurons"] =>
  (names) => {
    for (const axis of known) {
      const placed = names.map((wanted) => axis.find(({ name }) => name === wanted));
      if (placed.every((one) => one !== undefined)) return placed;
    }
    return undefined;
  };
