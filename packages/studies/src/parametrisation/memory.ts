import type { Tensor, Tracer } from "@allot/tensor";
import { sizeOf } from "../models/tensors.ts";
import type { Part } from "./parametrisation.ts";

/** Memory of one trial behind a part. `fixed` slots are never written after the start. */
export interface Slot {
  readonly name: string;
  readonly shape: readonly number[];
  readonly role: "learnable" | "fixed" | "mask";
  /** Factor on the learning rate, of a learnable one; default: 1. */
  readonly multiplier?: number | undefined;
}

/** A trial before training. */
export interface Start {
  /** Content of every part, by name. */
  readonly parts: ReadonlyMap<string, ArrayLike<number>>;
  /** Which entries of a part are trained, one byte each (1 or 0), by its name; of masked parts only. */
  readonly masks: ReadonlyMap<string, Uint8Array>;
}

/** Reads a slot's present content. */
export type ReadSlot = (name: string) => ArrayLike<number>;

/** A state that the optimiser may change. */
export interface Learnable {
  readonly name: string;
  readonly tensor: Tensor;
}

/** How a part is held: all of it fixed, all of it trained, or what a mask chooses. */
export interface Memory {
  readonly slots: readonly Slot[];
  readonly bind: (t: Tracer) => { readonly tensor: Tensor; readonly learnable: readonly Learnable[] };
  /** Every slot's content before training. */
  readonly start: (start: Start) => readonly (readonly [string, ArrayLike<number>])[];
  /** Positions of the trained scalars in the learnable slot. */
  readonly free: (start: Start) => Int32Array;
  /** The part's present content. */
  readonly content: (read: ReadSlot) => ArrayLike<number>;
}

const contentOf = ({ parts }: Start, name: string): ArrayLike<number> => {
  const content = parts.get(name);
  if (content === undefined) throw new TypeError(`${name} has no content`);
  return content;
};

const fixedMemory = ({ name, shape }: Part): Memory => ({
  slots: [{ name, shape, role: "fixed" }],
  bind: (t) => ({ tensor: t.constant(name, shape), learnable: [] }),
  start: (start) => [[name, contentOf(start, name)]],
  free: () => new Int32Array(),
  content: (read) => read(name),
});

const learnableMemory = ({ name, shape, multiplier }: Part): Memory => ({
  slots: [{ name, shape, role: "learnable", multiplier }],
  bind: (t) => {
    const tensor = t.state(name, shape);
    return { tensor, learnable: [{ name, tensor }] };
  },
  start: (start) => [[name, contentOf(start, name)]],
  free: () => Int32Array.from({ length: sizeOf(shape) }, (_, i) => i),
  content: (read) => read(name),
});

const maskOf = ({ masks }: Start, name: string): Uint8Array => {
  const mask = masks.get(name);
  if (mask === undefined) throw new TypeError(`${name} has no mask`);
  return mask;
};

/** c + M ⊙ φ: the entries of a 0/1 mask M are trained, φ starts at 0 (studies.md 6.2; the allocation of 1a). */
const maskedMemory = ({ name, shape, multiplier }: Part): Memory => {
  const [fixed, where, delta] = [`${name}:fixed`, `${name}:mask`, `${name}:delta`];
  return {
    slots: [
      { name: fixed, shape, role: "fixed" },
      { name: where, shape, role: "mask" },
      { name: delta, shape, role: "learnable", multiplier },
    ],
    bind: (t) => {
      const state = t.state(delta, shape);
      const tensor = t.add(t.constant(fixed, shape), t.mul(t.constant(where, shape), state));
      return { tensor, learnable: [{ name: delta, tensor: state }] };
    },
    start: (start) => [
      [fixed, contentOf(start, name)],
      [where, maskOf(start, name)],
      [delta, new Float64Array(sizeOf(shape))],
    ],
    free: (start) => {
      const mask = maskOf(start, name);
      return Int32Array.from([...mask.keys()].filter((i) => mask[i] === 1));
    },
    content: (read) => {
      const [c, m, phi] = [read(fixed), read(where), read(delta)];
      return Float64Array.from(c, (value, i) => value + m[i]! * phi[i]!);
    },
  };
};

/** With `masked`, of a trained part only the entries that the start's mask chooses are trained. */
export const memoryOf = (part: Part, masked: boolean): Memory => {
  if (!part.trained) return fixedMemory(part);
  return masked ? maskedMemory(part) : learnableMemory(part);
};
