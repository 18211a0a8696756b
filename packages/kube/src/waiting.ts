import type { Clock } from "@allot/runtime";

/** Waits for a promise that knows no signal; rejects with the signal's reason when that aborts first. */
export const abortable = async <T>(promise: Promise<T>, signal: AbortSignal): Promise<T> => {
  signal.throwIfAborted();
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const onAbort = (): void => reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
};

/** Something took longer than it may. */
export class LateError extends Error {
  override readonly name = "LateError";
}

/** Runs work whose signal aborts with a `LateError` when it takes longer than `milliseconds`, or with the parent's reason. */
export const within = async <T>(
  o: { clock: Clock; milliseconds: number; signal: AbortSignal; late: string },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> => {
  const done = new AbortController();
  const timeout = new AbortController();
  const timer = o.clock.sleep(Math.max(0, o.milliseconds), { signal: done.signal }).then(
    () => timeout.abort(new LateError(o.late)),
    () => undefined,
  );
  try {
    return await work(AbortSignal.any([o.signal, timeout.signal]));
  } finally {
    done.abort();
    await timer;
  }
};

/** Waits that double from the first to the longest, each up to a tenth longer by `jitter`. */
export interface Backoff {
  readonly firstMilliseconds: number;
  readonly longestMilliseconds: number;
  /** In [0, 1). */
  readonly jitter: () => number;
}

/** @param failures in a row, before this wait; the first wait follows none. */
export const waitAfter = ({ firstMilliseconds, longestMilliseconds, jitter }: Backoff, failures: number): number =>
  Math.min(longestMilliseconds, firstMilliseconds * 2 ** failures) * (1 + jitter() / 10);
