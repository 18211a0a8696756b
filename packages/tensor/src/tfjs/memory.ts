import type { Slot, SlotNode } from "../plan/slots.ts";
import type { Node } from "../program.ts";
import { slotNamed } from "../session-contract.ts";
import { type Shape, sizeOf } from "../shape.ts";
import type { TensorFlow, TfTensor } from "./tensorflow.ts";
import { only, replaced, spread } from "./trial-axis.ts";

/** Which trials a run is for: one, or all where it is undefined; and where its streams start. */
export interface Turn {
  readonly trial: number | undefined;
  readonly at: number;
}

interface Held extends Omit<Slot, "kind"> {
  readonly kind: Slot["kind"] | "output";
  /** Trial after trial; of a shared slot once. */
  readonly host: Float32Array | Int32Array;
  /** The same with TensorFlow; a state that is there is newer than `host`. */
  device?: TfTensor;
}

/** The slots and outputs of a session: as the host sees them, and as tensors with the trials as first axis. */
export interface Memory {
  /** What the host sees of a slot or output. A state is brought back and taken to TensorFlow again at the next run. */
  view(name: string, trial: number): Float32Array | Int32Array;
  /** A slot's tensor for the trials of a turn. */
  read(node: Node, turn: Turn): TfTensor;
  /** A state's new value for the trials of a turn. */
  write(node: Node, value: TfTensor, turn: Turn): void;
  /** An output's value, for the host. */
  show(name: string, value: TfTensor, turn: Turn): void;
  /** Constants, and shared slots where asked, are read from the host again. */
  forget(kinds: readonly Slot["kind"][]): void;
  close(): void;
}

export interface MemoryOptions {
  readonly tf: TensorFlow;
  readonly trials: number;
  readonly slots: ReadonlyMap<string, Slot>;
  /** Elements of every output of one trial. */
  readonly outputs: ReadonlyMap<string, number>;
}

export const createMemory = ({ tf, trials, slots, outputs }: MemoryOptions): Memory => {
  const held = new Map<string, Held>();
  for (const [name, slot] of slots) {
    const length = slot.elements * (slot.kind === "shared" ? 1 : trials);
    held.set(name, { ...slot, host: slot.dtype === "index" ? new Int32Array(length) : new Float32Array(length) });
  }
  for (const [name, elements] of outputs)
    held.set(name, { kind: "output", shape: [elements], dtype: "float", elements, host: new Float32Array(elements * trials) });

  const drop = (slot: Held): void => {
    slot.device?.dispose();
    delete slot.device;
  };
  const heldBy = (node: Node): Held => held.get((node as SlotNode).operation.name)!;
  const upload = (slot: Held): TfTensor => {
    // TensorFlow may read the host's memory in place: a state's is written again while the tensor lives.
    const values = slot.kind === "state" ? slot.host.slice() : slot.host;
    return tf.keep(tf.tensor(values, [values.length / sizeOf(slot.shape), ...slot.shape], dtypeOf(slot)));
  };

  return {
    view: (name, trial) => {
      const slot = slotNamed(held, name);
      if (slot.kind === "state" && slot.device !== undefined) {
        slot.host.set(slot.device.dataSync());
        drop(slot);
      }
      const first = slot.kind === "shared" ? 0 : trial * slot.elements;
      return slot.host.subarray(first, first + slot.elements);
    },
    read: (node, { trial, at }) => {
      const slot = heldBy(node);
      if (slot.kind === "stream" || slot.kind === "scalars") {
        const which = trial === undefined ? Array.from({ length: trials }, (_, i) => i) : [trial];
        return fresh(tf, slot, { trials: which, at: slot.kind === "stream" ? at : 0, shape: node.shape });
      }
      slot.device ??= upload(slot);
      return trial === undefined ? slot.device : only(tf, slot.device, trial);
    },
    write: (node, value, { trial }) => {
      const slot = heldBy(node);
      const whole = trial === undefined ? spread(tf, value, trials) : replaced(tf, (slot.device ??= upload(slot)), { trial, value });
      drop(slot);
      slot.device = tf.keep(whole);
    },
    show: (name, value, { trial }) => {
      const { host, elements } = held.get(name)!;
      if (trial === undefined) host.set(spread(tf, value, trials).dataSync());
      else host.set(value.dataSync(), trial * elements);
    },
    forget: (kinds) => {
      for (const slot of held.values()) if (slot.kind !== "output" && kinds.includes(slot.kind)) drop(slot);
    },
    close: () => {
      for (const slot of held.values()) drop(slot);
    },
  };
};

const dtypeOf = ({ dtype }: Pick<Slot, "dtype">): "int32" | "float32" => (dtype === "index" ? "int32" : "float32");

/** A window from element `at` on, of each of some trials, as it is now. */
const fresh = (tf: TensorFlow, slot: Held, { trials, at, shape }: { trials: readonly number[]; at: number; shape: Shape }): TfTensor => {
  const size = sizeOf(shape);
  const values = slot.dtype === "index" ? new Int32Array(trials.length * size) : new Float32Array(trials.length * size);
  for (const [i, trial] of trials.entries()) {
    const first = trial * slot.elements + at;
    values.set(slot.host.subarray(first, first + size), i * size);
  }
  return tf.tensor(values, [trials.length, ...shape], dtypeOf(slot));
};
