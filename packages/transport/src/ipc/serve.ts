import type { LaneEvent, Lease, MeasurementBatch, Transport } from "../transport.ts";
import type { Calls, ClientFrame, MessagePortLike, Method, ServerFrame, StreamItem } from "./frames.ts";
import { clientFrame, sendTo } from "./frames.ts";

type Handlers = { [M in Method]: (ask: Calls[M]["ask"], options: { signal: AbortSignal }) => Promise<Calls[M]["answer"]> };

/** The subscriptions of one connected process to one stream, by the numbers it gave them. */
class Streams<Item> {
  readonly #source: { subscribe(options: { signal: AbortSignal }): AsyncIterable<Item> };
  readonly #open = new Map<number, { items: AsyncIterator<Item>; ended: AbortController }>();
  #closed = false;

  constructor(source: { subscribe(options: { signal: AbortSignal }): AsyncIterable<Item> }) {
    this.#source = source;
  }

  open(number: number): null {
    if (this.#closed) return null;
    const ended = new AbortController();
    const items = this.#source.subscribe({ signal: ended.signal });
    this.#open.set(number, { items: items[Symbol.asyncIterator](), ended });
    return null;
  }

  async next(number: number): Promise<StreamItem<Item>> {
    const next = await this.#open.get(number)?.items.next();
    return next === undefined || next.done === true ? "end" : { value: next.value };
  }

  end(number: number): void {
    const stream = this.#open.get(number);
    if (!stream) return;
    this.#open.delete(number);
    stream.ended.abort();
    // Ending a stream only forgets: there is nothing to report if it fails.
    stream.items.return?.().catch(() => undefined);
  }

  close(): void {
    this.#closed = true;
    for (const number of this.#open.keys()) this.end(number);
  }
}

/** What one connected process holds: all of it is given back when the process goes. */
class Connection {
  readonly #transport: Transport;
  readonly #send: (frame: ServerFrame) => void;
  readonly #gone = new AbortController();
  readonly #calls = new Map<number, AbortController>();
  readonly #leases = new Map<number, Lease>();
  readonly #measurements: Streams<MeasurementBatch>;
  readonly #events: Streams<LaneEvent>;
  #nextLease = 1;

  constructor(transport: Transport, send: (frame: ServerFrame) => void) {
    this.#transport = transport;
    this.#send = send;
    this.#measurements = new Streams(transport.measurements);
    this.#events = new Streams(transport.events);
  }

  receive(frame: ClientFrame): void {
    switch (frame.kind) {
      case "hello":
        return this.#greet(frame.probe);
      case "call":
        return void this.#answer(frame);
      case "cancel":
        return this.#calls.get(frame.id)?.abort();
      case "measurements":
        this.#transport.measurements.publish(frame.batch);
        return this.#send({ kind: "taken" });
      case "endStream":
        this.#measurements.end(frame.stream);
        return this.#events.end(frame.stream);
      case "control":
        return this.#transport.control.set(frame.control);
      case "closeQueue":
        return this.#transport.closeQueue();
      case "bye":
        return this.close();
    }
  }

  close(): void {
    if (this.#gone.signal.aborted) return;
    this.#gone.abort();
    for (const call of this.#calls.values()) call.abort();
    this.#measurements.close();
    this.#events.close();
    for (const lease of this.#leases.values()) void this.#giveBack(lease);
    this.#leases.clear();
  }

  #greet(probe: unknown): void {
    if (!ArrayBuffer.isView(probe)) {
      this.#send({ kind: "refused", reason: 'the channel can\'t carry numbers as they are: fork the process with serialization: "advanced"' });
      return this.close();
    }
    void this.#followControl();
  }

  async #followControl(): Promise<void> {
    for await (const control of this.#transport.control.changes({ signal: this.#gone.signal })) this.#send({ kind: "control", control });
  }

  async #answer<M extends Method>({ id, method, ask }: { id: number; method: M; ask: Calls[M]["ask"] }): Promise<void> {
    const call = new AbortController();
    if (this.#gone.signal.aborted) call.abort();
    this.#calls.set(id, call);
    try {
      const answer = await this.#handlers[method](ask, { signal: call.signal });
      this.#send({ kind: "answer", id, answer });
    } catch (error) {
      this.#send({ kind: "error", id, message: error instanceof Error ? error.message : String(error) });
    } finally {
      this.#calls.delete(id);
    }
  }

  readonly #handlers: Handlers = {
    publish: async (message) => this.#transport.publish(message),
    lease: async ({ lane }, { signal }) => {
      const lease = await this.#transport.lease(lane, { signal });
      if (lease === "closed") return lease;
      // The process went, or stopped waiting, while the pack was handed to it.
      if (signal.aborted) await lease.release();
      signal.throwIfAborted();
      const number = this.#nextLease++;
      this.#leases.set(number, lease);
      return { lease: number, delivery: lease.delivery, message: lease.message };
    },
    heartbeat: async ({ lease }) => (await this.#leases.get(lease)?.heartbeat()) ?? false,
    ack: async ({ lease }) => {
      await this.#leases.get(lease)?.ack();
      this.#leases.delete(lease);
      return null;
    },
    release: async ({ lease }) => {
      await this.#leases.get(lease)?.release();
      this.#leases.delete(lease);
      return null;
    },
    event: async (event) => {
      await this.#transport.events.publish(event);
      return null;
    },
    openMeasurements: async ({ stream }) => this.#measurements.open(stream),
    nextMeasurements: async ({ stream }) => this.#measurements.next(stream),
    openEvents: async ({ stream }) => this.#events.open(stream),
    nextEvents: async ({ stream }) => this.#events.next(stream),
  };

  async #giveBack(lease: Lease): Promise<void> {
    // When this fails the lease expires instead, as it does for a process on another machine.
    await lease.release().catch(() => undefined);
  }
}

/**
 * Opens `transport` to the process at the other end of `port`. When that process goes, however it ends, its leases
 * are released at once.
 * @returns stops serving, with the same effect, and tells the process.
 */
export const serveTransport = (transport: Transport, port: MessagePortLike): (() => void) => {
  const connection = new Connection(transport, (frame) => sendTo(port, frame));
  const receive = (message: unknown): void => {
    const frame = clientFrame(message);
    if (frame) connection.receive(frame);
  };
  const end = (): void => {
    port.off("message", receive);
    port.off("disconnect", end);
    connection.close();
  };
  port.on("message", receive);
  port.on("disconnect", end);
  return () => {
    sendTo(port, { kind: "refused", reason: "the other end has stopped serving" });
    end();
  };
};
