import type { MeasurementBatch } from "./transport.ts";

/** Batches that wait for someone who may be too slow: the oldest go first. */
export class BatchBuffer {
  readonly #capacity: number;
  readonly #batches: MeasurementBatch[] = [];
  #points = 0;

  /** @param capacity points kept; one larger batch is kept whole. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** @returns how many points were dropped to make room. */
  push(batch: MeasurementBatch): number {
    this.#batches.push(batch);
    this.#points += batch.value.length;
    let dropped = 0;
    while (this.#points > this.#capacity && this.#batches.length > 1) dropped += this.shift()?.value.length ?? 0;
    return dropped;
  }

  shift(): MeasurementBatch | undefined {
    const batch = this.#batches.shift();
    this.#points -= batch?.value.length ?? 0;
    return batch;
  }
}
