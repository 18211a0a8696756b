import type { Clock } from "@allot/runtime";
import { ControlValue } from "../control.ts";
import type { Transport } from "../transport.ts";
import { Events } from "./events.ts";
import { Measurements } from "./measurements.ts";
import { PackQueue } from "./queue.ts";

export interface InProcessOptions {
  clock: Clock;
  /** How long a lease lasts without a heartbeat. */
  leaseMilliseconds: number;
  /** Points kept for a subscriber that is behind, before the oldest are dropped; a million unless told. */
  measurementPoints?: number;
  /** Events kept unread, before publishers wait; ten thousand unless told. */
  unreadEvents?: number;
}

/** The transport of one process: of a laptop's parent, which `serveTransport` opens to its lanes, and of tests. */
export const inProcessTransport = (o: InProcessOptions): Transport => {
  const queue = new PackQueue(o);
  const measurements = new Measurements(o.measurementPoints ?? 1_000_000);
  const events = new Events(o.unreadEvents ?? 10_000);
  const control = new ControlValue({ known: true });
  return {
    publish: async (message) => queue.publish(message),
    lease: async (_lane, { signal }) => queue.lease({ signal }),
    measurements,
    events,
    control,
    closeQueue: () => queue.complete(),
    close: async () => {
      for (const part of [queue, measurements, events, control]) part.close();
    },
  };
};
