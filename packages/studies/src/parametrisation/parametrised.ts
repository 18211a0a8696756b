import type { Tracer } from "@allot/tensor";
import { type Effective, sizeOf, type TensorSpec } from "../models/tensors.ts";
import { type Learnable, memoryOf, type ReadSlot, type Slot, type Start } from "./memory.ts";
import type { Parametrisation } from "./parametrisation.ts";

/** A tensor in a traced program: what the model sees and what the optimiser may change. */
export interface Bound {
  readonly effective: Effective;
  readonly learnable: readonly Learnable[];
}

/** Scalars of a tensor. */
export interface Counts {
  /** Scalars that receive gradient. */
  readonly trained: number;
  /** Trained scalars plus stored fixed ones. */
  readonly total: number;
}

/** A tensor's parametrisation in the memory of a trial. */
export interface Parametrised {
  readonly tensor: TensorSpec;
  readonly slots: readonly Slot[];
  readonly bind: (t: Tracer) => Bound;
  /** The effective tensor once nothing learns any more, of constants named as its parts. */
  readonly frozen: (t: Tracer) => Effective;
  /** Every part's present content; of a masked one the sum of what is fixed and what was learnt. */
  readonly contents: (read: ReadSlot) => ReadonlyMap<string, ArrayLike<number>>;
  /** Every slot's content before training. */
  readonly start: (start: Start) => ReadonlyMap<string, ArrayLike<number>>;
  readonly counts: (start: Start) => Counts;
  /** Positions of the trained scalars within a learnable slot. */
  readonly free: (slot: string, start: Start) => Int32Array;
  /** The effective tensor's present value, float64. */
  readonly value: (read: ReadSlot) => Float64Array;
}

/** Puts a tensor's parts into memory; with `masked`, only entries that the start's masks choose are trained. */
export const parametrised = (tensor: TensorSpec, { parts, effective, value }: Parametrisation, masked = false): Parametrised => {
  const memories = new Map(parts.map((part) => [part.name, memoryOf(part, masked)]));
  const all = [...memories.values()];
  const shapes = new Map(parts.map(({ name, shape }) => [name, shape]));
  const total = parts.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  return {
    tensor,
    slots: all.flatMap(({ slots }) => slots),
    bind: (t) => {
      const bound = new Map([...memories].map(([name, { bind }]) => [name, bind(t)]));
      return {
        effective: effective(t, (name) => bound.get(name)!.tensor),
        learnable: [...bound.values()].flatMap(({ learnable }) => learnable),
      };
    },
    frozen: (t) => effective(t, (name) => t.constant(name, shapes.get(name)!)),
    contents: (read) => new Map([...memories].map(([name, memory]) => [name, memory.content(read)])),
    start: (start) => new Map(all.flatMap((memory) => memory.start(start))),
    counts: (start) => ({ trained: all.reduce((sum, { free }) => sum + free(start).length, 0), total }),
    free: (slot, start) => all.find(({ slots }) => slots.some(({ name }) => name === slot))!.free(start),
    value: (read) => value((name) => memories.get(name)!.content(read)),
  };
};
