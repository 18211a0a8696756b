import { sha256 } from "./digest.ts";
import { checkKey, checkPrefix } from "./keys.ts";
import type { Store } from "./store.ts";

const check = (key: string, signal: AbortSignal): void => {
  checkKey(key);
  signal.throwIfAborted();
};

/** A store that lives as long as the process, for tests and previews. */
export const memoryStore = (): Store => {
  const objects = new Map<string, Uint8Array>();
  return {
    async get(key, { signal }) {
      check(key, signal);
      return objects.get(key)?.slice();
    },
    async put(key, bytes, { signal }) {
      check(key, signal);
      // Copied: the object must not change when the caller reuses its buffer.
      objects.set(key, Uint8Array.from(bytes));
      return { sha256: sha256(bytes) };
    },
    async create(key, bytes, { signal }) {
      check(key, signal);
      if (objects.has(key)) return "exists";
      objects.set(key, Uint8Array.from(bytes));
      return "created";
    },
    async *list(prefix, { signal }) {
      checkPrefix(prefix);
      signal.throwIfAborted();
      // Keys are ASCII, so the default order of strings is the order of bytes that S3 lists in.
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      for (const key of keys) {
        signal.throwIfAborted();
        const bytes = objects.get(key)?.byteLength;
        if (bytes !== undefined) yield { key, bytes };
      }
    },
    async delete(key, { signal }) {
      check(key, signal);
      objects.delete(key);
    },
  };
};
