import type { Clock } from "@allot/runtime";
import { abortable, waitAfter } from "./waiting.ts";

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** First wait of `retry`, doubled each time; 100 unless told. */
  readonly firstMilliseconds?: number;
  /** Longest wait of `retry`; 60,000 unless told. */
  readonly longestMilliseconds?: number;
  /** In [0, 1): makes a wait up to a tenth longer. */
  readonly jitter?: () => number;
}

/** Timers hold no more than 32 bits. */
const longestSleep = 2 ** 31 - 1;

/**
 * Keys to work on. A key waits at most once and has one worker at a time; one added while it is worked on comes up again
 * after `done`. Keys come up in the order in which they were added or became due. No timer runs unless someone waits in `next`.
 */
export class WorkQueue {
  readonly #options: WorkQueueOptions;
  readonly #ready = new Set<string>();
  readonly #working = new Set<string>();
  /** Added while worked on. */
  readonly #again = new Set<string>();
  /** When later ones become ready, in monotonic milliseconds. */
  readonly #due = new Map<string, number>();
  readonly #failures = new Map<string, number>();
  #changed = Promise.withResolvers<void>();

  constructor(options: WorkQueueOptions) {
    this.#options = options;
  }

  /** Keys that are ready and wait for a worker. */
  get length(): number {
    this.#promote();
    return this.#ready.size;
  }

  add(key: string): void {
    if (this.#working.has(key)) this.#again.add(key);
    else this.#ready.add(key);
    this.#wake();
  }

  /** Adds it after `milliseconds`; of several the earliest holds. */
  addAfter(key: string, milliseconds: number): void {
    // What is due by now is no longer one of several to come: it must not swallow this one.
    this.#promote();
    const due = this.#options.clock.monotonic() + milliseconds;
    this.#due.set(key, Math.min(due, this.#due.get(key) ?? due));
    this.#wake();
  }

  /** Adds it after a wait that doubles with each call since `forget`. Returns the wait in milliseconds. */
  retry(key: string): number {
    const { firstMilliseconds = 100, longestMilliseconds = 60_000, jitter = () => 0 } = this.#options;
    const failures = this.#failures.get(key) ?? 0;
    this.#failures.set(key, failures + 1);
    const wait = waitAfter({ firstMilliseconds, longestMilliseconds, jitter }, failures);
    this.addAfter(key, wait);
    return wait;
  }

  /** The next `retry` begins with the shortest wait again. */
  forget(key: string): void {
    this.#failures.delete(key);
  }

  /** The next key, which is the caller's alone until `done`. Rejects with the signal's reason. */
  async next({ signal }: { signal: AbortSignal }): Promise<string> {
    for (;;) {
      signal.throwIfAborted();
      this.#promote();
      const { value: key } = this.#ready.values().next();
      if (key !== undefined) {
        this.#ready.delete(key);
        this.#working.add(key);
        return key;
      }
      await this.#wait(signal);
    }
  }

  /** @throws Error when nobody works on it. */
  done(key: string): void {
    if (!this.#working.delete(key)) throw new Error(`queue: "${key}" is done but was not being worked on`);
    if (this.#again.delete(key)) this.add(key);
  }

  /** Until something is added or due. */
  async #wait(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    const changed = this.#changed.promise;
    if (this.#due.size === 0) return abortable(changed, signal);
    const awake = new AbortController();
    const first = Math.min(...this.#due.values());
    const sleep = clock.sleep(Math.min(Math.max(0, first - clock.monotonic()), longestSleep), { signal: AbortSignal.any([signal, awake.signal]) });
    try {
      await Promise.race([changed, sleep]);
    } finally {
      awake.abort();
      await sleep.catch(() => undefined);
    }
  }

  #promote(): void {
    if (this.#due.size === 0) return;
    const now = this.#options.clock.monotonic();
    const due = [...this.#due].filter(([, at]) => at <= now).sort(([, a], [, b]) => a - b);
    for (const [key] of due) {
      this.#due.delete(key);
      if (this.#working.has(key)) this.#again.add(key);
      else this.#ready.add(key);
    }
  }

  #wake(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
