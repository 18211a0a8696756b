/** What every trial of a workload starts from, in a folder that other processes read: `slots.bin`, little-endian, and `slots.json`, which says where. */
import { createWriteStream } from "node:fs";
import { open, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { Program, Session } from "@allot/tensor";
import type { Workload } from "../workloads/workload.ts";

/** A parameter is a state that an optimiser writes; its moments are not handed over, as they start as zeros. */
type Kind = "parameter" | "constant" | "shared" | "stream" | "scalars";

export interface Slot {
  readonly name: string;
  readonly kind: Kind;
  readonly dtype: "float" | "index";
  /** Of one trial; of a stream its window. */
  readonly shape: readonly number[];
  /** Elements of one trial, or of a shared slot at all. */
  readonly elements: number;
  /** Where its first number is, in bytes; trials follow each other. */
  readonly offset: number;
}

export interface Handover {
  readonly workload: string;
  readonly trials: number;
  /** Stream positions of the steps, over and over. */
  readonly positions: readonly number[];
  readonly slots: readonly Slot[];
}

/** Slots of a program that a trial starts from, in order of their names. */
function declared({ nodes, effects }: Program): Pick<Slot, "name" | "kind" | "dtype" | "shape">[] {
  const trained = new Set(effects.map(({ states }) => states[0]));
  const slots = nodes.flatMap(({ id, operation }): Pick<Slot, "name" | "kind" | "dtype" | "shape">[] => {
    if (!("name" in operation)) return [];
    const { op, name, dtype, shape } = operation;
    if (op !== "state") return [{ name, kind: op, dtype, shape }];
    return trained.has(id) ? [{ name, kind: "parameter", dtype, shape }] : [];
  });
  return slots.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One round of a workload's stream positions. */
function positions(workload: Workload): number[] {
  const round = [workload.at(0)];
  for (let step = 1; workload.at(step) !== round[0]; step++) round.push(workload.at(step));
  return round;
}

/** A slot and its numbers in a trial, float32 or int32. */
export interface Content extends Pick<Slot, "name" | "kind" | "dtype" | "shape"> {
  readonly of: (trial: number) => Float32Array | Int32Array;
}

/** Writes a hand-over into a folder that is there. */
export async function writeSlots(folder: string, { contents, ...header }: Omit<Handover, "slots"> & { contents: readonly Content[] }): Promise<void> {
  const out = createWriteStream(join(folder, "slots.bin"));
  const slots: Slot[] = [];
  let offset = 0;
  for (const { of, ...slot } of contents) {
    slots.push({ ...slot, elements: of(0).length, offset });
    for (let trial = 0; trial < (slot.kind === "shared" ? 1 : header.trials); trial++) {
      const bytes = new Uint8Array(of(trial).slice().buffer);
      out.write(bytes);
      offset += bytes.length;
    }
  }
  out.end();
  await finished(out);
  const handover: Handover = { ...header, slots };
  await writeFile(join(folder, "slots.json"), JSON.stringify(handover));
}

/** Writes what the session's trials, freshly filled, start from. */
export async function writeHandover(folder: string, { workload, session }: { workload: Workload; session: Session }): Promise<void> {
  const contents = declared(workload.program).map((slot) => ({ ...slot, of: (trial: number) => session.view(slot.name, trial) as Float32Array | Int32Array }));
  await writeSlots(folder, { workload: workload.name, trials: session.trials, positions: positions(workload), contents });
}

/** The hand-over of a folder, and how to read a slot of one trial. */
export async function readHandover(folder: string): Promise<Handover & { read(slot: Slot, trial: number): Promise<Float32Array | Int32Array> }> {
  const handover: Handover = JSON.parse(await readFile(join(folder, "slots.json"), "utf8"));
  return {
    ...handover,
    read: async ({ kind, dtype, elements, offset }, trial) => {
      const bytes = new Uint8Array(4 * elements);
      const file = await open(join(folder, "slots.bin"));
      try {
        await file.read(bytes, 0, bytes.length, offset + (kind === "shared" ? 0 : trial * bytes.length));
      } finally {
        await file.close();
      }
      return dtype === "index" ? new Int32Array(bytes.buffer) : new Float32Array(bytes.buffer);
    },
  };
}
