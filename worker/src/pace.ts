import type { Clock } from "@allot/runtime";

/** The event loop gets its turn at least this often (ms), so that heartbeats pass while a trial trains. */
const breath = 100;

/** Sums the time (s) that a trial's own work takes. */
export class Stopwatch {
  readonly #clock: Clock;
  seconds = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** @returns milliseconds this piece of work took. */
  time(work: () => void): number {
    const began = this.#clock.monotonic();
    try {
      work();
    } finally {
      this.seconds += (this.#clock.monotonic() - began) / 1000;
    }
    return this.#clock.monotonic() - began;
  }

  async timeAsync(work: () => Promise<void>): Promise<void> {
    const began = this.#clock.monotonic();
    await work();
    this.seconds += (this.#clock.monotonic() - began) / 1000;
  }
}

/** How many steps fit between two breaths, learned from how long the last ones took. */
export class Pace {
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  #lastRest: number;
  steps = 1;

  constructor(clock: Clock, signal: AbortSignal) {
    this.#clock = clock;
    this.#signal = signal;
    this.#lastRest = clock.monotonic();
  }

  /** Grows with caution: the next slice is at most eight times the last. */
  learn(steps: number, milliseconds: number): void {
    const fitting = Math.floor((steps * breath) / 2 / Math.max(milliseconds, 1e-3));
    this.steps = Math.max(1, Math.min(fitting, 8 * steps));
  }

  async rest(): Promise<void> {
    this.#signal.throwIfAborted();
    if (this.#clock.monotonic() - this.#lastRest < breath) return;
    await this.#clock.sleep(0, { signal: this.#signal });
    this.#lastRest = this.#clock.monotonic();
  }
}
