import type { Clock } from "@allot/runtime";
import { Condition } from "../condition.ts";
import { TransportError } from "../transport.ts";
import type { Connection, Received } from "./connection.ts";

/** A message in the hands of this end, until it is acknowledged at `reply`. */
export interface Delivered {
  readonly data: Uint8Array;
  readonly reply: string;
  /** The id it was published with. */
  readonly id: string;
  /** 1 the first time the message is handed out, then one more each time. */
  readonly delivery: number;
  /** Its place in the stream. */
  readonly sequence: number;
}

export interface PullOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Messages asked for ahead of the reader. */
  readonly batch: number;
  /** How long the consumer may be missing before that is an error; after a restart it takes the server a moment to find it. */
  readonly patience: number;
}

const expiresMilliseconds = 30_000;
const heartbeatMilliseconds = 5000;
const longestPause = 1000;

/** `$JS.ACK.[domain.account.]stream.consumer.delivery.sequence.…` */
const deliveredOf = ({ data, reply, header }: Received): Delivered => {
  const parts = reply.split(".");
  const from = parts.length > 9 ? 6 : 4;
  return { data, reply, id: header("Nats-Msg-Id") ?? "", delivery: Number(parts[from]), sequence: Number(parts[from + 1]) };
};

/**
 * Messages of a consumer, for as long as the loop asks. It lives through lost connections and restarts of the server.
 * When the loop is left or the signal aborts, what was asked for too much goes back; then the server knows that nobody
 * waits here. Throws `TransportError` when the consumer is gone for longer than the patience, or the user may not ask it.
 */
export async function* pull(connection: Connection, stream: string, consumer: string, o: PullOptions): AsyncGenerator<Delivered> {
  const pulling = new Pulling(connection, `$JS.API.CONSUMER.MSG.NEXT.${stream}.${consumer}`, o);
  try {
    while (!o.signal.aborted) {
      const message = pulling.take();
      if (message) yield message;
      else await pulling.ask();
      const refusal = pulling.refusal();
      if (refusal) throw refusal;
      if (pulling.missing() > o.patience)
        throw new TransportError(`NATS at ${connection.address} has lost stream ${stream}: it is made again when the sweep's controller opens it`);
    }
  } finally {
    await pulling.end();
  }
}

class Pulling {
  readonly #connection: Connection;
  readonly #subject: string;
  readonly #o: PullOptions;
  readonly #inbox: string;
  readonly #changed = new Condition();
  readonly #here: Delivered[] = [];
  readonly #forget: readonly (() => void)[];
  /** Asked for and not yet here. */
  #underway = 0;
  #heard: number;
  /** When the server first said that there is no such consumer, and when it last did. */
  #missing: { readonly since: number; readonly until: number } | undefined;
  #pause = 0;

  constructor(connection: Connection, subject: string, o: PullOptions) {
    this.#connection = connection;
    this.#subject = subject;
    this.#o = o;
    this.#heard = o.clock.monotonic();
    this.#inbox = connection.inbox();
    this.#forget = [
      connection.listen(this.#inbox, (message) => this.#hear(message)),
      // The server forgot what was asked on the connection that is gone.
      connection.onReconnect(() => this.#askAnew()),
    ];
  }

  take(): Delivered | undefined {
    if (this.#here.length > 0) this.#refill();
    return this.#here.shift();
  }

  /** Asks for messages and waits until something happens. */
  async ask(): Promise<void> {
    const { clock, signal } = this.#o;
    if (this.#pause > 0) await clock.sleep(this.#pause, { signal }).catch(() => undefined);
    await this.#connection.backOnline({ signal });
    if (signal.aborted) return;
    this.#refill();
    if (this.#here.length > 0) return;
    await this.#changed.waitAtMost(heartbeatMilliseconds, { clock, signal });
    // Two heartbeats late: the question was lost on the way.
    if (clock.monotonic() - this.#heard > 2.5 * heartbeatMilliseconds) this.#askAnew();
  }

  /** For how long the server has said that there is no such consumer (ms). */
  missing(): number {
    return this.#missing === undefined ? 0 : this.#missing.until - this.#missing.since;
  }

  refusal(): TransportError | undefined {
    return this.#connection.refusal(this.#subject) ?? this.#connection.refusal(this.#inbox);
  }

  async end(): Promise<void> {
    for (const forget of this.#forget) forget();
    for (const { reply } of this.#here) this.#connection.send(reply, "-NAK");
    if (this.#underway + this.#here.length > 0) await this.#connection.flush();
  }

  #refill(): void {
    const { batch } = this.#o;
    if (!this.#connection.online || this.#underway > batch / 2 || this.#here.length + this.#underway >= batch) return;
    const question = { batch: batch - this.#underway, expires: expiresMilliseconds * 1e6, idle_heartbeat: heartbeatMilliseconds * 1e6 };
    this.#underway = batch;
    this.#heard = this.#o.clock.monotonic();
    this.#connection.send(this.#subject, JSON.stringify(question), this.#inbox);
  }

  #hear(message: Received): void {
    this.#heard = this.#o.clock.monotonic();
    const gone = message.status === 503 || (message.status === 409 && /deleted/i.test(message.description));
    if (gone) {
      this.#missing = { since: this.#missing?.since ?? this.#heard, until: this.#heard };
      this.#pause = Math.min(longestPause, Math.max(50, this.#pause * 2));
    } else {
      this.#missing = undefined;
      this.#pause = message.status === 409 ? 50 : 0;
    }
    if (message.status === 0) {
      this.#underway -= 1;
      this.#here.push(deliveredOf(message));
    } else if (message.status !== 100) this.#underway = 0;
    this.#changed.notifyAll();
  }

  #askAnew(): void {
    this.#underway = 0;
    this.#missing = undefined;
    this.#changed.notifyAll();
  }
}
