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
  const slots = nodes.flatMap(({ id, operation }) => {
    if (operation.op === "state") return trained.has(id) ? [{ ...operation, kind: "parameter" as const }] : [];
    if (operation.op === "constant" || operation.op === "shared" || operation.op === "stream" || operation.op === "scalars") {
      return [{ ...operation, kind: operation.op }];
    }
    return [];
  });
  return slots.map(({ name, kind, dtype, shape }) => ({ name, kind, dtype, shape })).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** One round of a workload's stream positions. */
function positions({ at }: Workload): number[] {
  const round = [at(0)];
  for (let step = 1; at(step) !== at(0); step++) round.push(at(step));
  return round;
}

/** Writes what the session's trials, freshly filled, start from. */
export async function writeHandover(folder: string, { workload, session }: { workload: Workload; session: Session }): Promise<void> {
  const out = createWriteStream(join(folder, "slots.bin"));
  const slots: Slot[] = [];
  let offset = 0;
  for (const slot of declared(workload.program)) {
    const trials = slot.kind === "shared" ? 1 : session.trials;
    const elements = session.view(slot.name, 0).length;
    slots.push({ ...slot, elements, offset });
    for (let trial = 0; trial < trials; trial++) {
      const { buffer, byteOffset, byteLength } = session.view(slot.name, trial);
      out.write(Buffer.from(buffer.slice(byteOffset, byteOffset + byteLength)));
      offset += byteLength;
    }
  }
  out.end();
  await finished(out);
  const handover: Handover = { workload: workload.name, trials: session.trials, positions: positions(workload), slots };
  await writeFile(join(folder, "slots.json"), JSON.stringify(handover));
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
