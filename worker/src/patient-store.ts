import type { Clock } from "@allot/runtime";
import { type Store, StoreError } from "@allot/store";

export interface PatienceOptions {
  readonly clock: Clock;
  /** How long (ms) a store may fail before the failure is passed on. */
  readonly milliseconds: number;
  readonly onWait?: (error: StoreError) => void;
}

const firstDelay = 500;
const longestDelay = 10_000;

/**
 * A store whose failures are waited out: it may be restarted while a lane trains, and nothing that was trained is to be lost
 * by that. Only whole calls are made again, which every operation of the port bears; listings are not, as they are only used
 * before training.
 */
export const patientStore = (store: Store, { clock, milliseconds, onWait }: PatienceOptions): Store => {
  const patiently = async <T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> => {
    const begun = clock.monotonic();
    for (let delay = firstDelay; ; delay = Math.min(longestDelay, delay * 2)) {
      try {
        return await call();
      } catch (error) {
        if (!(error instanceof StoreError) || signal.aborted || clock.monotonic() - begun > milliseconds) throw error;
        onWait?.(error);
        await clock.sleep(delay, { signal });
      }
    }
  };
  return {
    get: async (key, options) => patiently(options.signal, async () => store.get(key, options)),
    put: async (key, bytes, options) => patiently(options.signal, async () => store.put(key, bytes, options)),
    create: async (key, bytes, options) => patiently(options.signal, async () => store.create(key, bytes, options)),
    delete: async (key, options) => patiently(options.signal, async () => store.delete(key, options)),
    list: (prefix, options) => store.list(prefix, options),
  };
};
