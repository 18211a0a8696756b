import { BatchBuffer } from "../batches.ts";
import { Condition } from "../condition.ts";
import type { MeasurementBatch, MeasurementStream } from "../transport.ts";

interface Subscriber {
  readonly batches: BatchBuffer;
  readonly changed: Condition;
}

/** Every subscriber has a buffer of its own, so that a slow one costs only itself. */
export class Measurements implements MeasurementStream {
  readonly #capacity: number;
  readonly #subscribers = new Set<Subscriber>();
  #dropped = 0;
  #closed = false;

  /** @param capacity points kept per subscriber; one larger batch is kept whole. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  publish(batch: MeasurementBatch): void {
    for (const subscriber of this.#subscribers) {
      this.#dropped += subscriber.batches.push(batch);
      subscriber.changed.notifyAll();
    }
  }

  subscribe({ signal }: { signal: AbortSignal }): AsyncIterable<MeasurementBatch> {
    // Registered here and not at the first `next`: what is published in between belongs to the subscriber.
    const subscriber: Subscriber = { batches: new BatchBuffer(this.#capacity), changed: new Condition() };
    const forget = (): void => void this.#subscribers.delete(subscriber);
    if (!signal.aborted && !this.#closed) this.#subscribers.add(subscriber);
    signal.addEventListener("abort", forget, { once: true });
    return this.#read(subscriber, {
      signal,
      end: () => {
        signal.removeEventListener("abort", forget);
        forget();
      },
    });
  }

  dropped(): number {
    return this.#dropped;
  }

  close(): void {
    this.#closed = true;
    for (const subscriber of this.#subscribers) subscriber.changed.notifyAll();
  }

  async *#read(subscriber: Subscriber, o: { signal: AbortSignal; end: () => void }): AsyncGenerator<MeasurementBatch> {
    try {
      while (!o.signal.aborted && !this.#closed) {
        const batch = subscriber.batches.shift();
        if (batch) yield batch;
        else await subscriber.changed.wait({ signal: o.signal });
      }
    } finally {
      o.end();
    }
  }
}
