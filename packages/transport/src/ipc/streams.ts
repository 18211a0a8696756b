import { BatchBuffer } from "../batches.ts";
import type { LaneEvent, MeasurementBatch } from "../transport.ts";
import type { Client } from "./client.ts";
import type { StreamItem } from "./frames.ts";

/** How a stream of the other end is opened and read. */
interface Source<Item> {
  open(stream: number): Promise<null>;
  next(stream: number, options: { signal: AbortSignal }): Promise<StreamItem<Item>>;
}

export const measurementsOf = (client: Client): Source<MeasurementBatch> => ({
  open: async (stream) => client.call("openMeasurements", { stream }),
  next: async (stream, options) => client.call("nextMeasurements", { stream }, options),
});

export const eventsOf = (client: Client): Source<LaneEvent> => ({
  open: async (stream) => client.call("openEvents", { stream }),
  next: async (stream, options) => client.call("nextEvents", { stream }, options),
});

/**
 * A stream of the other end, one item per question. It is opened at once; when the reader leaves, the other end
 * hears of it, and an event that was not dealt with stays there.
 */
export const remoteStream = <Item>(client: Client, source: Source<Item>, { signal }: { signal: AbortSignal }): AsyncIterable<Item> => {
  const stream = client.nextId();
  // Fails only when the channel ends, which `next` finds too.
  if (!signal.aborted) source.open(stream).catch(() => undefined);
  return read(client, source, { stream, signal });
};

async function* read<Item>(client: Client, source: Source<Item>, { stream, signal }: { stream: number; signal: AbortSignal }): AsyncGenerator<Item> {
  try {
    while (!signal.aborted) {
      const next = await source.next(stream, { signal });
      if (next === "end") return;
      yield next.value;
    }
  } catch (error) {
    if (!signal.aborted && !client.ended.aborted) throw error;
  } finally {
    client.send({ kind: "endStream", stream });
  }
}

/** Batches sent and not yet taken at the other end. More only waits in the channel, out of reach of the bound. */
const window = 16;

/** Measurements on their way out: bounded, as the channel itself is not. */
export class Outbox {
  readonly #client: Client;
  readonly #waiting: BatchBuffer;
  #underway = 0;
  #dropped = 0;

  /** @param capacity points that wait; one larger batch waits whole. */
  constructor(client: Client, capacity: number) {
    this.#client = client;
    this.#waiting = new BatchBuffer(capacity);
  }

  publish(batch: MeasurementBatch): void {
    this.#dropped += this.#waiting.push(batch);
    this.#flush();
  }

  dropped(): number {
    return this.#dropped;
  }

  /** The other end took a batch. */
  taken(): void {
    this.#underway -= 1;
    this.#flush();
  }

  #flush(): void {
    while (this.#underway < window) {
      const batch = this.#waiting.shift();
      if (!batch) return;
      this.#underway += 1;
      this.#client.send({ kind: "measurements", batch });
    }
  }
}
