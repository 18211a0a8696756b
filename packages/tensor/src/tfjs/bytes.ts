import type { Slot } from "../plan/slots.ts";
import { sizeOf } from "../shape.ts";
import type { Joined } from "./joined.ts";
import type { Schedule } from "./schedule.ts";

/** Floats and indexes alike. */
const width = 4;

/** Memory in bytes that a session takes on host and device together: slots, outputs, what is kept, and a run's values at their most. */
export const estimatedBytes = ({ joined, slots, trials }: { joined: Joined; slots: ReadonlyMap<string, Slot>; trials: number }): number => {
  const { nodes, stages, programs, frozen, kept } = joined;
  const copies = (id: number): number => (stages[id] === 0 ? 1 : trials);
  const bytesOf = (id: number): number => width * sizeOf(nodes[id]!.shape) * copies(id);
  let bytes = 0;
  // A state has its new value beside the old one for a moment.
  for (const { kind, elements } of slots.values()) bytes += width * elements * (kind === "shared" ? 1 : trials) * (kind === "state" ? 3 : 2);
  for (const { outputs } of Object.values(programs)) for (const id of Object.values(outputs)) bytes += width * sizeOf(nodes[id]!.shape) * trials;
  for (const id of kept) bytes += bytesOf(id);
  return bytes + Math.max(0, ...[frozen, ...Object.values(programs).map(({ schedule }) => schedule)].map((one) => peak(one, bytesOf)));
};

const peak = ({ computed, dying }: Schedule, bytesOf: (id: number) => number): number => {
  let alive = 0;
  let most = 0;
  for (const [at, id] of computed.entries()) {
    alive += bytesOf(id);
    most = Math.max(most, alive);
    for (const gone of dying[at]!) alive -= bytesOf(gone);
  }
  return most;
};
