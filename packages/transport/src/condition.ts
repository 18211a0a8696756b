import type { Clock } from "@allot/runtime";

/** Lets loops sleep until something they depend on may have changed. */
export class Condition {
  readonly #waiting = new Set<() => void>();

  /** Wakes everyone who waits now, in the order they came. */
  notifyAll(): void {
    const waiting = [...this.#waiting];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next `notifyAll`, or when `signal` aborts: the caller looks which. */
  async wait({ signal }: { signal: AbortSignal }): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        this.#waiting.delete(wake);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      this.#waiting.add(wake);
      signal.addEventListener("abort", wake, { once: true });
    });
  }

  /** As `wait`, but for no longer than `milliseconds`. */
  async waitAtMost(milliseconds: number, { clock, signal }: { clock: Clock; signal: AbortSignal }): Promise<void> {
    const either = new AbortController();
    const abort = (): void => either.abort();
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    try {
      await Promise.race([this.wait({ signal: either.signal }), clock.sleep(milliseconds, { signal: either.signal }).catch(() => undefined)]);
    } finally {
      signal.removeEventListener("abort", abort);
      either.abort();
    }
  }
}
