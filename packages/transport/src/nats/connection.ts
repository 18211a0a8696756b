import type { ConsumerConfig, ConsumerInfo, JetStreamManager, StreamConfig } from "@nats-io/jetstream";
import { JetStreamApiCodes, JetStreamApiError, jetstreamManager } from "@nats-io/jetstream";
import type { Msg, NatsConnection } from "@nats-io/nats-core";
import { createInbox, errors, headers, PermissionViolationError } from "@nats-io/nats-core";
import { connect } from "@nats-io/transport-node";
import { Condition } from "../condition.ts";
import { TransportError } from "../transport.ts";
import type { NatsAddress } from "./address.ts";
import { causeOf, shown } from "./address.ts";

export type { ConsumerConfig, ConsumerInfo, StreamConfig };

/** A message as it came, or what the server says in its place. */
export interface Received {
  readonly data: Uint8Array;
  /** Where its acknowledgement goes. */
  readonly reply: string;
  /** 0 for a message; else 100 heartbeat, 404 and 408 nothing for now, 409 refused, 503 nobody there. */
  readonly status: number;
  /** The server's words to the status. */
  readonly description: string;
  readonly header: (name: string) => string | undefined;
}

/** What became of a message for a stream; `full` when a limit of the stream refused it. */
export type Kept = { readonly kind: "kept"; readonly sequence: number } | { readonly kind: "full" | "missing" | "unanswered" };

const connectMilliseconds = 4000;
const answerMilliseconds = 5000;
/** A silent server is taken for gone after two of these. */
const pingMilliseconds = 10_000;
const limitReached = 10077;
const consumerExists = 10148;
const streamExists = 10058;

/** The only place that knows the NATS client: one connection, which comes back by itself for as long as it is not closed. */
export class Connection {
  /** Host and port, for messages. */
  readonly address: string;
  readonly #nc: NatsConnection;
  readonly #admin: JetStreamManager;
  readonly #lost = new Condition();
  readonly #back = new Condition();
  readonly #reconnected = new Set<() => void>();
  readonly #refused = new Map<string, TransportError>();
  #online = true;
  #returns = 0;

  private constructor(address: string, nc: NatsConnection, admin: JetStreamManager) {
    this.address = address;
    this.#nc = nc;
    this.#admin = admin;
    void this.#follow();
  }

  /** Fails within about five seconds, with a `TransportError` that names the address, the cause and the fix. */
  static async open({ servers, user, password }: NatsAddress): Promise<Connection> {
    const address = shown(servers);
    let nc: NatsConnection | undefined;
    try {
      nc = await connect({
        servers: servers.split(",").map((server) => server.trim()),
        ...(user === undefined ? {} : { user, pass: password ?? "" }),
        timeout: connectMilliseconds,
        maxReconnectAttempts: -1,
        ignoreAuthErrorAbort: true,
        reconnectTimeWait: 200,
        reconnectJitter: 300,
        pingInterval: pingMilliseconds,
        noAsyncTraces: true,
      });
      return new Connection(address, nc, await jetstreamManager(nc, { timeout: answerMilliseconds }));
    } catch (error) {
      await nc?.close();
      throw refusalIn(error, address) ?? new TransportError(`NATS at ${address}: ${causeOf(error, connectMilliseconds)}`, { cause: error });
    }
  }

  get online(): boolean {
    return this.#online;
  }

  /** How often the connection has come back. */
  get returns(): number {
    return this.#returns;
  }

  /** The largest message the server takes, in bytes. */
  get maxPayload(): number {
    return this.#nc.info?.max_payload ?? 1_048_576;
  }

  inbox(): string {
    return createInbox();
  }

  /** Calls `heard` with what is published on `subject` from now on, also after the connection came back. @returns stops listening. */
  listen(subject: string, heard: (message: Received) => void): () => void {
    const subscription = this.#nc.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) heard(received(message));
      },
    });
    return () => subscription.unsubscribe();
  }

  /** What the server has said against `send` or `listen` on a subject; told once. */
  refusal(subject: string): TransportError | undefined {
    const refused = this.#refused.get(subject);
    this.#refused.delete(subject);
    return refused;
  }

  /** @returns forgets the callback. */
  onReconnect(callback: () => void): () => void {
    this.#reconnected.add(callback);
    return () => void this.#reconnected.delete(callback);
  }

  /** Resolves when the connection is there. */
  async backOnline({ signal }: { signal: AbortSignal }): Promise<void> {
    while (!this.#online && !signal.aborted) await this.#back.wait({ signal });
  }

  /** Sends and hears nothing of it; nothing is sent while the connection is lost. */
  send(subject: string, payload: string | Uint8Array, reply?: string): void {
    if (this.#online && !this.#nc.isClosed()) this.#nc.publish(subject, payload, reply === undefined ? {} : { reply });
  }

  /** Sends what expects a short answer, such as an acknowledgement. */
  async ask(subject: string, payload: string, { milliseconds = answerMilliseconds } = {}): Promise<"answered" | "missing" | "unanswered"> {
    const answer = await this.#request(subject, payload, { milliseconds });
    return typeof answer === "string" ? answer : "answered";
  }

  /**
   * Gives a message to the stream of its subject, once.
   * @param id the stream keeps one message of the same id.
   */
  async keep(subject: string, payload: string | Uint8Array, { id }: { id?: string } = {}): Promise<Kept> {
    const answer = await this.#request(subject, payload, { milliseconds: answerMilliseconds, ...(id === undefined ? {} : { id }) });
    if (typeof answer === "string") return { kind: answer };
    const said: { seq?: number; error?: { err_code: number; description: string } } = answer.json();
    if (said.error === undefined) return { kind: "kept", sequence: said.seq ?? 0 };
    if (said.error.err_code === limitReached) return { kind: "full" };
    throw new TransportError(`NATS at ${this.address} refused a message on ${subject}: ${said.error.description}`);
  }

  /** What was sent before is with the server when this resolves, or the connection is lost. */
  async flush(): Promise<void> {
    if (this.#online && !this.#nc.isClosed()) await this.#untilLost(this.#nc.flush()).catch(() => undefined);
  }

  /** Makes a stream, or brings one of that name to this configuration. */
  async ensureStream(config: Partial<StreamConfig> & { name: string }): Promise<{ lastSequence: number }> {
    return this.#managed(`make stream ${config.name}`, async ({ streams }) => {
      const info = await streams.add(config).catch(orOn(streamExists, async () => streams.update(config.name, config)));
      return { lastSequence: info.state.last_seq };
    }).then((made) => made ?? { lastSequence: 0 });
  }

  async ensureConsumer(stream: string, config: Partial<ConsumerConfig> & { durable_name: string }): Promise<void> {
    await this.#managed(`make consumer ${config.durable_name}`, async ({ consumers }) =>
      consumers.add(stream, config).catch(orOn(consumerExists, async () => consumers.update(stream, config.durable_name, config))),
    );
  }

  /** Takes a stream away; none there is no error. */
  async deleteStream(stream: string): Promise<void> {
    await this.#managed(`delete stream ${stream}`, async ({ streams }) => streams.delete(stream));
  }

  async deleteConsumer(stream: string, consumer: string): Promise<void> {
    await this.#managed(`delete consumer ${consumer}`, async ({ consumers }) => consumers.delete(stream, consumer));
  }

  /** Messages of a stream; `undefined` when there is no such stream. */
  async messages(stream: string): Promise<number | undefined> {
    const info = await this.#managed(`look at stream ${stream}`, async ({ streams }) => streams.info(stream));
    return info?.state.messages;
  }

  async consumer(stream: string, name: string): Promise<ConsumerInfo | undefined> {
    return this.#managed(`look at consumer ${name}`, async ({ consumers }) => consumers.info(stream, name));
  }

  /** The newest message of a subject; `undefined` when there is none, or no such stream. */
  async newest(stream: string, subject: string): Promise<{ sequence: number; text: string } | undefined> {
    const message = await this.#managed(`read stream ${stream}`, async ({ streams }) => streams.getMessage(stream, { last_by_subj: subject }));
    return message ? { sequence: message.seq, text: message.string() } : undefined;
  }

  /** The subject of the message at a place of a stream; `undefined` when there is none, or no such stream. */
  async subjectAt(stream: string, sequence: number): Promise<string | undefined> {
    const message = await this.#managed(`read stream ${stream}`, async ({ streams }) => streams.getMessage(stream, { seq: sequence }));
    return message?.subject;
  }

  /** Takes one message out of a stream. */
  async remove(stream: string, sequence: number): Promise<void> {
    await this.#managed(`take a message out of ${stream}`, async ({ streams }) => streams.deleteMessage(stream, sequence, false));
  }

  async close(): Promise<void> {
    await this.#nc.close();
  }

  async #request(subject: string, payload: string | Uint8Array, o: { milliseconds: number; id?: string }): Promise<Msg | "missing" | "unanswered"> {
    // A request that waits in the client for the connection could be sent long after its answer is given up.
    if (!this.#online) return "unanswered";
    const options: { timeout: number; headers?: ReturnType<typeof headers> } = { timeout: o.milliseconds };
    if (o.id !== undefined) {
      options.headers = headers();
      options.headers.set("Nats-Msg-Id", o.id);
    }
    try {
      return await this.#untilLost(this.#nc.request(subject, payload, options));
    } catch (error) {
      if (this.#nc.isClosed()) throw closedError();
      const refusal = refusalIn(error, this.address);
      if (refusal) throw refusal;
      if (error instanceof errors.RequestError && error.isNoResponders()) return "missing";
      if (error instanceof errors.NoRespondersError) return "missing";
      if (error instanceof errors.TimeoutError || error instanceof errors.RequestError) return "unanswered";
      throw error;
    }
  }

  /** `undefined` when the stream or the consumer isn't there. */
  async #managed<T>(deed: string, act: (admin: JetStreamManager) => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#untilLost(act(this.#admin));
    } catch (error) {
      if (isMissing(error)) return undefined;
      if (this.#nc.isClosed()) throw closedError();
      if (!this.#online) throw new TransportError(`NATS at ${this.address} is away: start it, or check the network`, { cause: error });
      const said = error instanceof Error ? error.message : String(error);
      throw refusalIn(error, this.address) ?? new TransportError(`NATS at ${this.address} could not ${deed}: ${said}`, { cause: error });
    }
  }

  /** Gives up what the server was asked when the connection is lost: the answer will not come. */
  async #untilLost<T>(answer: Promise<T>): Promise<T> {
    const done = new AbortController();
    const lost = async (): Promise<never> => {
      await this.#lost.wait({ signal: done.signal });
      throw new errors.TimeoutError();
    };
    try {
      return await Promise.race([answer, lost()]);
    } finally {
      done.abort();
    }
  }

  async #follow(): Promise<void> {
    for await (const status of this.#nc.status()) {
      const { type } = status;
      if (type === "error") {
        const refusal = refusalIn(status.error, this.address);
        if (refusal) this.#refused.set(refusal.subject, refusal);
      } else if (type === "disconnect") {
        this.#online = false;
        this.#lost.notifyAll();
      } else if (type === "reconnect") {
        this.#online = true;
        this.#returns += 1;
        this.#back.notifyAll();
        for (const callback of this.#reconnected) callback();
      }
    }
  }
}

const closedError = (): TransportError => new TransportError("the transport is closed");

class Refusal extends TransportError {
  readonly subject: string;

  constructor(address: string, violation: PermissionViolationError) {
    const { operation, subject } = violation;
    const deed = operation === "publish" ? "publish on" : "subscribe to";
    super(`NATS at ${address} does not let its user ${deed} "${subject}": allow it to the user in ALLOT_NATS_USER`, { cause: violation });
    this.subject = subject;
  }
}

/** What the server says against the user's permissions; an error of a request has it as its cause. */
const refusalIn = (error: unknown, address: string): Refusal | undefined => {
  for (let at = error; at instanceof Error; at = at.cause) if (at instanceof PermissionViolationError) return new Refusal(address, at);
  return undefined;
};

const isMissing = (error: unknown): boolean =>
  error instanceof JetStreamApiError && (error.code === JetStreamApiCodes.StreamNotFound || error.code === JetStreamApiCodes.ConsumerNotFound);

/** For `catch`: does something else when the server gave this reason. */
const orOn =
  <T>(code: number, instead: () => Promise<T>) =>
  async (error: unknown): Promise<T> => {
    if (error instanceof JetStreamApiError && error.code === code) return instead();
    throw error;
  };

const received = (message: Msg): Received => ({
  data: message.data,
  reply: message.reply ?? "",
  status: message.headers?.code ?? 0,
  description: message.headers?.description ?? "",
  header: (name) => (message.headers?.has(name) ? message.headers.get(name) : undefined),
});
