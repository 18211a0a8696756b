import type { Clock } from "@allot/runtime";
import type { Transport } from "../transport.ts";
import { TransportError } from "../transport.ts";
import type { NatsAddress } from "./address.ts";
import { Connection } from "./connection.ts";
import { StreamEvents } from "./events.ts";
import { StreamMeasurements } from "./measurements.ts";
import type { QueueFacts } from "./queue.ts";
import { StreamQueue } from "./queue.ts";
import { SweepState } from "./state.ts";
import { awaitStreams, ensureStreams, namesOf, removeStreams } from "./streams.ts";

export interface NatsOptions extends NatsAddress {
  /** Names the streams: letters, digits, `-` and `_`. */
  readonly sweep: string;
  /** The controller makes the streams; lanes wait for them for a minute. */
  readonly end: "controller" | "lane";
  readonly clock: Clock;
  /** How long a lease lasts without a heartbeat. Both ends must say the same. */
  readonly leaseMilliseconds: number;
  /** Points kept at this end, of those to send and for each subscriber, before the oldest are dropped; a million unless told. */
  readonly measurementPoints?: number;
  /** Events kept unread before publishers wait, as the controller says; ten thousand unless told. */
  readonly unreadEvents?: number;
  /** Ends what waits, as `close` does. */
  readonly signal: AbortSignal;
}

export interface NatsTransport extends Transport {
  /** Throws `TransportError` when the server doesn't answer. */
  queueFacts(): Promise<QueueFacts>;
}

/**
 * A sweep's transport by way of a NATS server with JetStream. It lives through lost connections and restarts of the
 * server, for as long as the server keeps its files; when it loses them, subscribing to events throws `TransportError`.
 * Throws `TransportError` within about five seconds when the server can't be used: address, cause and fix.
 */
export const natsTransport = async (o: NatsOptions): Promise<NatsTransport> => {
  const { sweep, end, clock, leaseMilliseconds, signal, measurementPoints = 1_000_000, unreadEvents = 10_000 } = o;
  const names = namesOf(sweep);
  signal.throwIfAborted();
  const connection = await Connection.open(o);
  try {
    if (end === "controller") await ensureStreams(connection, names, { leaseMilliseconds, unreadEvents });
    else await awaitStreams(connection, names, { clock, signal });
    signal.throwIfAborted();
    const closing = new AbortController();
    const life = AbortSignal.any([closing.signal, signal]);
    const state = await SweepState.open(connection, names, clock);
    const queue = new StreamQueue({ connection, names, state, clock, leaseMilliseconds, life });
    const measurements = new StreamMeasurements({ connection, names, end, clock, capacity: measurementPoints, life });
    const events = new StreamEvents({ connection, names, clock, life });
    return {
      publish: async (message) => queue.publish(message),
      lease: async (_lane, options) => queue.lease(options),
      measurements,
      events,
      control: state.control,
      closeQueue: () => queue.close(),
      queueFacts: async () => queue.facts(),
      close: async () => {
        closing.abort(new TransportError("the transport is closed"));
        measurements.close();
        await events.close();
        await state.close();
        await connection.close();
      },
    };
  } catch (error) {
    await connection.close();
    throw error;
  }
};

/** Takes all streams of a sweep away, with what is in them; when there are none, nothing happens. */
export const deleteStreams = async ({ signal, sweep, ...address }: NatsAddress & { readonly sweep: string; readonly signal: AbortSignal }): Promise<void> => {
  signal.throwIfAborted();
  const connection = await Connection.open(address);
  try {
    await removeStreams(connection, namesOf(sweep));
  } finally {
    await connection.close();
  }
};
