import { randomInt } from "node:crypto";
import type { Clock } from "@allot/runtime";

const firstPause = 200;
const longestPause = 5000;

export interface Persistence {
  readonly clock: Clock;
  /** How long (ms) to go on; the try that is under way when it is over may still succeed. */
  readonly milliseconds: number;
  /** Whether a failure may pass. */
  readonly passing: (error: unknown) => boolean;
  /** Told of each failure that is waited out. */
  readonly onRetry?: ((error: unknown) => void) | undefined;
  readonly signal: AbortSignal;
}

/**
 * Repeats `work` until it succeeds, with pauses that double and are drawn between half and whole, so that many clients do
 * not come back at once.
 * @throws the last failure when it does not pass or the time is over; the signal's reason when it aborts.
 */
export const persist = async <T>(work: () => Promise<T>, { clock, milliseconds, passing, onRetry, signal }: Persistence): Promise<T> => {
  const end = clock.monotonic() + milliseconds;
  for (let pause = firstPause; ; pause = Math.min(2 * pause, longestPause)) {
    try {
      return await work();
    } catch (error) {
      signal.throwIfAborted();
      const drawn = randomInt(pause / 2, pause);
      if (!passing(error) || clock.monotonic() + drawn > end) throw error;
      onRetry?.(error);
      await clock.sleep(drawn, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  }
};
