import type { Clock } from "@allot/runtime";
import { TransportError } from "../transport.ts";
import type { Connection, ConsumerConfig, StreamConfig } from "./connection.ts";

/** What a sweep's streams, consumers and subjects are called. */
export interface Names {
  readonly packs: string;
  readonly events: string;
  readonly measurements: string;
  readonly control: string;
  /** The durable consumer of `packs` and of `events`. */
  readonly lanes: string;
  readonly controller: string;
  readonly packSubject: (sweep: string, pack: number) => string;
  readonly eventSubject: string;
  readonly measurementSubject: string;
  readonly controlSubject: string;
  /** What is kept on `controlSubject` comes here at once, with its place in the stream. */
  readonly controlledSubject: string;
}

/** One token of a subject, whatever the text. */
const token = (text: string): string => encodeURIComponent(text).replaceAll(".", "%2E").replaceAll("*", "%2A");

export const namesOf = (sweep: string): Names => {
  if (!/^[\w-]+$/.test(sweep)) throw new TransportError(`sweep: "${sweep}" can't name a stream: use letters, digits, "-" and "_"`);
  const of = (part: string): string => `allot.${sweep}.${part}`;
  return {
    packs: `allot-${sweep}-packs`,
    events: `allot-${sweep}-outcomes`,
    measurements: `allot-${sweep}-measurements`,
    control: `allot-${sweep}-control`,
    lanes: "lanes",
    controller: "controller",
    packSubject: (of_, pack) => of(`packs.${token(of_)}.${pack}`),
    eventSubject: of("outcomes"),
    measurementSubject: of("measurements"),
    controlSubject: of("control"),
    controlledSubject: of("controlled"),
  };
};

const nanoseconds = (milliseconds: number): number => Math.round(milliseconds * 1e6);

/** How long the server knows the ids of what was published. */
const duplicateWindow = nanoseconds(120_000);
/** Live measurements that nobody read are gone after this, and beyond these bytes. */
const measurementAge = nanoseconds(60_000);
const measurementBytes = 64 * 1024 * 1024;
/** An event that was lost on its way comes again after this; one that only waits for its turn comes again for nothing. */
const eventAckMilliseconds = 5000;
/** Waiting questions a consumer takes: every idle lane has one. */
const maxWaiting = 65_536;

const consumer: Partial<ConsumerConfig> = { ack_policy: "explicit", deliver_policy: "all", max_deliver: -1, max_ack_pending: -1, max_waiting: maxWaiting };

type Stream = Partial<StreamConfig> & { name: string };

const packStream = (names: Names): Stream => ({
  name: names.packs,
  subjects: [names.packSubject("", 0).replace(/\.\.0$/, ".>")],
  retention: "workqueue",
  storage: "file",
  // One message per pack: the server itself refuses a pack that is queued or leased.
  max_msgs_per_subject: 1,
  discard: "new",
  discard_new_per_subject: true,
  duplicate_window: duplicateWindow,
});

const eventStream = (names: Names, unreadEvents: number): Stream => ({
  name: names.events,
  subjects: [names.eventSubject],
  retention: "workqueue",
  storage: "file",
  max_msgs: unreadEvents,
  discard: "new",
  duplicate_window: duplicateWindow,
});

const measurementStream = (names: Names): Stream => ({
  name: names.measurements,
  subjects: [names.measurementSubject],
  retention: "limits",
  storage: "memory",
  max_bytes: measurementBytes,
  max_age: measurementAge,
  duplicate_window: measurementAge,
  discard: "old",
});

const controlStream = (names: Names): Stream => ({
  name: names.control,
  subjects: [names.controlSubject],
  retention: "limits",
  storage: "file",
  max_msgs_per_subject: 1,
  discard: "old",
  republish: { src: names.controlSubject, dest: names.controlledSubject },
});

/** The measurements' stream is in memory: it is made anew after the server was. @returns the place of its newest message. */
export const ensureMeasurements = async (connection: Connection, names: Names): Promise<{ lastSequence: number }> =>
  connection.ensureStream(measurementStream(names));

/** Makes what a sweep needs on the server, or brings it up to date. Events that a controller before this one held come again at once. */
export const ensureStreams = async (connection: Connection, names: Names, o: { leaseMilliseconds: number; unreadEvents: number }): Promise<void> => {
  await connection.ensureStream(packStream(names));
  await connection.ensureConsumer(names.packs, { ...consumer, durable_name: names.lanes, ack_wait: nanoseconds(o.leaseMilliseconds) });
  await connection.ensureStream(eventStream(names, o.unreadEvents));
  await connection.deleteConsumer(names.events, names.controller);
  await connection.ensureConsumer(names.events, { ...consumer, durable_name: names.controller, ack_wait: nanoseconds(eventAckMilliseconds) });
  await ensureMeasurements(connection, names);
  // Last: lanes wait for this one.
  await connection.ensureStream(controlStream(names));
};

const patience = 60_000;
const between = 500;

/** Waits for a minute for the controller to make the streams. */
export const awaitStreams = async (connection: Connection, names: Names, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> => {
  const since = clock.monotonic();
  while ((await connection.messages(names.control)) === undefined) {
    if (clock.monotonic() - since > patience)
      throw new TransportError(
        `NATS at ${connection.address} has no stream ${names.control} after ${patience / 1000} s: is the controller running, and on this server?`,
      );
    await clock.sleep(between, { signal });
  }
};

export const removeStreams = async (connection: Connection, names: Names): Promise<void> => {
  for (const stream of [names.control, names.packs, names.events, names.measurements]) await connection.deleteStream(stream);
};

/** A consumer of this end alone, that forgets itself a minute after it was last asked. */
export const ensureReader = async (connection: Connection, names: Names, { reader, after }: { reader: string; after: number | undefined }): Promise<void> =>
  connection.ensureConsumer(names.measurements, {
    durable_name: reader,
    ack_policy: "none",
    mem_storage: true,
    inactive_threshold: measurementAge,
    ...(after === undefined ? { deliver_policy: "new" } : { deliver_policy: "by_start_sequence", opt_start_seq: after + 1 }),
  });
