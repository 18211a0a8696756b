import type { Clock } from "@allot/runtime";
import { TransportError } from "../transport.ts";
import type { Connection } from "./connection.ts";
import type { Delivered } from "./pull.ts";

export interface LeasedPackOptions {
  readonly connection: Connection;
  readonly clock: Clock;
  /** Aborts when this end closes, with a `TransportError`. */
  readonly life: AbortSignal;
  readonly stream: string;
  readonly consumer: string;
  /** Of the pack's message. */
  readonly subject: string;
}

/** How long a server that is there may leave an acknowledgement unanswered. */
const patience = 60_000;
const ackMilliseconds = 1000;
const firstPause = 20;
const longestPause = 1000;

/**
 * A message in the hands of a lane, and what the lane says about it. A server that was killed has forgotten what it
 * handed out last, and one that lost its files numbers anew: once the connection was lost, the place in the stream is
 * looked at before anything is said about it.
 */
export class LeasedPack {
  readonly #o: LeasedPackOptions;
  readonly #delivered: Delivered;
  readonly #returns: number;

  constructor(options: LeasedPackOptions, delivered: Delivered) {
    this.#o = options;
    this.#delivered = delivered;
    this.#returns = options.connection.returns;
  }

  /** @returns `gone` when the pack is settled or the stream is another by now. */
  async say(word: "+WPI" | "-NAK" | "+ACK", { milliseconds }: { milliseconds: number }): Promise<"answered" | "unanswered" | "gone"> {
    const { connection } = this.#o;
    try {
      if (connection.returns !== this.#returns && !(await this.#isThere())) return "gone";
    } catch {
      return "unanswered";
    }
    return (await connection.ask(this.#delivered.reply, word, { milliseconds })) === "answered" ? "answered" : "unanswered";
  }

  /** Acknowledges until the server has heard it. */
  async settle(): Promise<void> {
    const { connection, clock, life, stream } = this.#o;
    const since = clock.monotonic();
    for (let pause = firstPause; ; pause = Math.min(longestPause, pause * 2)) {
      life.throwIfAborted();
      const answer = await this.say("+ACK", { milliseconds: ackMilliseconds });
      if (answer !== "unanswered" || (await this.#removed())) return;
      if (connection.online && clock.monotonic() - since > patience)
        throw new TransportError(`NATS at ${connection.address} answers no acknowledgement on stream ${stream}`);
      await connection.backOnline({ signal: life });
      await clock.sleep(pause, { signal: life });
    }
  }

  async #isThere(): Promise<boolean> {
    const { connection, stream, subject } = this.#o;
    return (await connection.subjectAt(stream, this.#delivered.sequence)) === subject;
  }

  /** Of a message that the server doesn't know to have handed out it takes no acknowledgement: it can be taken out of the stream. */
  async #removed(): Promise<boolean> {
    const { connection, stream, consumer } = this.#o;
    const { sequence } = this.#delivered;
    try {
      const facts = await connection.consumer(stream, consumer);
      if (facts === undefined || facts.delivered.stream_seq >= sequence) return false;
      if (await this.#isThere()) await connection.remove(stream, sequence);
      return true;
    } catch {
      return false;
    }
  }
}
