import { randomUUID } from "node:crypto";
import type { Clock } from "@allot/runtime";
import type { Lease, PackMessage } from "../transport.ts";
import { TransportError } from "../transport.ts";
import type { Connection } from "./connection.ts";
import { keep } from "./keep.ts";
import { LeasedPack } from "./leased-pack.ts";
import type { Delivered } from "./pull.ts";
import { pull } from "./pull.ts";
import type { SweepState } from "./state.ts";
import type { Names } from "./streams.ts";

/** Packs on the queue of a sweep. */
export interface QueueFacts {
  /** Waiting for a lane that never had them. */
  readonly queued: number;
  /** Handed out and not settled, with those that wait to be handed out again. */
  readonly leased: number;
  /** Of the leased, those handed out more than once. */
  readonly redelivered: number;
}

export interface QueueOptions {
  readonly connection: Connection;
  readonly names: Names;
  readonly state: SweepState;
  readonly clock: Clock;
  readonly leaseMilliseconds: number;
  /** Aborts when this end closes, with a `TransportError`. */
  readonly life: AbortSignal;
}

/** The server counts from before a message is on its way: this end takes a lease for lost a little earlier. */
const margin = 0.9;
/** How long a lane waits for a queue that the server has lost. */
const patience = 60_000;
const firstLook = 20;
const longestLook = 1000;

/** A work queue in a stream: a message is a pack, and an unacknowledged message a lease. */
export class StreamQueue {
  readonly #o: QueueOptions;
  #closed = false;

  constructor(options: QueueOptions) {
    this.#o = options;
  }

  async publish(message: PackMessage): Promise<"queued" | "duplicate"> {
    const { connection, names, state, clock, life } = this.#o;
    if (this.#closed) throw new TransportError(`pack ${message.name} was published after the queue was closed`);
    // Closed by a controller before this one.
    if (state.closed) state.set({ closed: false });
    await state.sent();
    const kept = await keep(
      connection,
      { subject: names.packSubject(message.sweep, message.pack), payload: JSON.stringify(message), id: randomUUID() },
      { clock, signal: life, whenFull: "return" },
    );
    return kept === "full" ? "duplicate" : "queued";
  }

  close(): void {
    this.#closed = true;
    this.#o.state.set({ closed: true });
  }

  async lease({ signal }: { signal: AbortSignal }): Promise<Lease | "closed"> {
    const { connection, names, clock, life } = this.#o;
    signal.throwIfAborted();
    life.throwIfAborted();
    const drained = new AbortController();
    const over = AbortSignal.any([signal, life, drained.signal]);
    const watching = this.#untilDrained(over).then(() => drained.abort());
    try {
      for await (const message of pull(connection, names.packs, names.lanes, { clock, signal: over, batch: 1, patience })) return this.#leaseOf(message);
    } finally {
      drained.abort();
      await watching;
    }
    signal.throwIfAborted();
    life.throwIfAborted();
    return "closed";
  }

  async facts(): Promise<QueueFacts> {
    const { connection, names } = this.#o;
    const consumer = await connection.consumer(names.packs, names.lanes);
    if (!consumer) throw new TransportError(`NATS at ${connection.address} has lost stream ${names.packs}`);
    return { queued: consumer.num_pending, leased: consumer.num_ack_pending, redelivered: consumer.num_redelivered };
  }

  /** Resolves when the queue is closed and the last pack is settled, or the signal aborts. */
  async #untilDrained(signal: AbortSignal): Promise<void> {
    const { connection, names, state, clock } = this.#o;
    let look = firstLook;
    while (!signal.aborted) {
      if (!state.closed) {
        await state.changed.wait({ signal });
        continue;
      }
      // First give a pack the time to come: while there are some, nobody need look.
      await state.changed.waitAtMost(look, { clock, signal });
      // A server that can't tell now is asked again.
      if (!signal.aborted && (await connection.messages(names.packs).catch(() => undefined)) === 0) return;
      look = Math.min(longestLook, look * 2);
    }
  }

  #leaseOf(delivered: Delivered): Lease {
    const { connection, names, clock, leaseMilliseconds, life } = this.#o;
    const message: PackMessage = JSON.parse(new TextDecoder().decode(delivered.data));
    const pack = new LeasedPack(
      { connection, clock, life, stream: names.packs, consumer: names.lanes, subject: names.packSubject(message.sweep, message.pack) },
      delivered,
    );
    let until = clock.monotonic() + leaseMilliseconds * margin;
    const held = (): boolean => clock.monotonic() < until;
    const end = (): void => {
      until = Number.NEGATIVE_INFINITY;
    };
    const milliseconds = leaseMilliseconds / 4;
    return {
      message,
      delivery: delivered.delivery,
      heartbeat: async () => {
        if (!held()) return false;
        const beat = clock.monotonic();
        const answer = await pack.say("+WPI", { milliseconds });
        if (answer === "gone") end();
        if (answer === "answered" && held()) until = beat + leaseMilliseconds * margin;
        return held();
      },
      ack: async () => {
        await pack.settle();
        end();
      },
      release: async () => {
        if (!held()) return;
        end();
        // When this gets lost, the lease expires instead.
        await pack.say("-NAK", { milliseconds });
      },
    };
  }
}
