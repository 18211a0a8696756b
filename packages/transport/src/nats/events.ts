import { randomUUID } from "node:crypto";
import type { Clock } from "@allot/runtime";
import { Events } from "../inProcess/events.ts";
import type { EventStream, LaneEvent } from "../transport.ts";
import type { Connection } from "./connection.ts";
import { keep } from "./keep.ts";
import type { Delivered } from "./pull.ts";
import { pull } from "./pull.ts";
import type { Names } from "./streams.ts";

export interface StreamEventsOptions {
  readonly connection: Connection;
  readonly names: Names;
  readonly clock: Clock;
  /** Aborts when this end closes, with a `TransportError`. */
  readonly life: AbortSignal;
}

/** Events fetched ahead of the subscriber. */
const ahead = 64;
/** Ids of events dealt with that are remembered: a server that was killed may bring back what was acknowledged last. */
const remembered = 100_000;
/** How long the server may say that it has no events before that is believed (ms): more than a restart takes it. */
const patience = 10_000;

/** What this end has fetched: its subscribers take turns at it, and what one leaves unfinished waits here for the next. */
interface Reading {
  readonly local: Events;
  readonly held: Map<LaneEvent, Delivered>;
  readonly done: Promise<void>;
  failure?: unknown;
}

/** Events in a bounded stream: a publisher waits while it is full, and an event leaves it once it was dealt with. */
export class StreamEvents implements EventStream {
  readonly #o: StreamEventsOptions;
  readonly #publisher = randomUUID();
  readonly #settled = new Set<string>();
  #published = 0;
  #lastPublish: Promise<unknown> = Promise.resolve();
  #reading: Reading | undefined;

  constructor(options: StreamEventsOptions) {
    this.#o = options;
  }

  async publish(event: LaneEvent): Promise<void> {
    const { connection, names, clock, life } = this.#o;
    const message = { subject: names.eventSubject, payload: JSON.stringify(event), id: `${this.#publisher}.${this.#published++}` };
    // One after the other, so that waiting for room keeps the order of calls.
    const published = this.#lastPublish.then(async () => keep(connection, message, { clock, signal: life, whenFull: "wait" }));
    this.#lastPublish = published.catch(() => undefined);
    await published;
  }

  async *subscribe({ signal }: { signal: AbortSignal }): AsyncGenerator<LaneEvent> {
    if (signal.aborted || this.#o.life.aborted) return;
    this.#reading ??= this.#read();
    const reading = this.#reading;
    yield* reading.local.subscribe({ signal });
    if (reading.failure !== undefined && !this.#o.life.aborted) throw reading.failure;
  }

  /** Gives back what no subscriber dealt with; the life has ended before. */
  async close(): Promise<void> {
    const reading = this.#reading;
    if (!reading) return;
    reading.local.close();
    await reading.done;
    for (const { reply } of reading.held.values()) this.#o.connection.send(reply, "-NAK");
    await this.#o.connection.flush();
  }

  #read(): Reading {
    const held = new Map<LaneEvent, Delivered>();
    const local = new Events(ahead, { dealtWith: (event) => this.#settle(held, event) });
    const reading: Reading = { local, held, done: this.#fetch(local, held).catch((error: unknown) => this.#fail(reading, error)) };
    return reading;
  }

  async #fetch(local: Events, held: Map<LaneEvent, Delivered>): Promise<void> {
    const { connection, names, clock, life } = this.#o;
    for await (const message of pull(connection, names.events, names.controller, { clock, signal: life, batch: ahead, patience })) {
      if (this.#settled.has(message.id)) connection.send(message.reply, "+ACK");
      // Else it is a second copy of what waits here for its subscriber.
      else if (!Array.from(held.values()).some(({ id }) => id === message.id)) {
        const event: LaneEvent = JSON.parse(new TextDecoder().decode(message.data));
        held.set(event, message);
        await local.publish(event).catch(() => undefined);
      }
    }
  }

  #settle(held: Map<LaneEvent, Delivered>, event: LaneEvent): void {
    const message = held.get(event);
    if (!message) return;
    held.delete(event);
    this.#settled.add(message.id);
    const [oldest] = this.#settled;
    if (this.#settled.size > remembered && oldest !== undefined) this.#settled.delete(oldest);
    // If this gets lost, the message comes again and is known.
    this.#o.connection.send(message.reply, "+ACK");
  }

  #fail(reading: Reading, error: unknown): void {
    reading.failure = error;
    reading.local.close();
    this.#reading = undefined;
  }
}
