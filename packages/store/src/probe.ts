import { randomUUID } from "node:crypto";
import type { OpenOptions, StoreEnvironment } from "./environment.ts";
import { openStore } from "./environment.ts";
import { StoreFault, type StoreProblem, storeProblem } from "./s3/problem.ts";
import type { Store } from "./store.ts";

/** A probe ends within this time (ms), whatever the store does. */
const probeMilliseconds = 7000;
/** The server may just be starting. */
const retryMilliseconds = 2000;
const cleanupMilliseconds = 1500;

/**
 * Tries all that a sweep needs of its store, with one small object that is removed again: creating, refusing to create
 * twice, reading, listing. Answers within ten seconds.
 * @returns what is wrong and how to put it right; `undefined` when nothing is.
 * @throws the signal's reason when it aborts.
 */
export const probeStore = async (
  environment: StoreEnvironment,
  { signal, ...options }: Omit<OpenOptions, "retryMilliseconds"> & { signal: AbortSignal },
): Promise<StoreProblem | undefined> => {
  const limit = AbortSignal.timeout(probeMilliseconds);
  try {
    await tryOut(openStore(environment, { ...options, retryMilliseconds }), AbortSignal.any([signal, limit]));
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return { reason: "StoreUnreachable", message: silent(environment) };
    return storeProblem(error) ?? { reason: "StoreFailed", message: error instanceof Error ? error.message : String(error) };
  }
};

const silent = ({ ALLOT_STORE, ALLOT_S3_ENDPOINT }: StoreEnvironment): string =>
  `${ALLOT_S3_ENDPOINT ?? ALLOT_STORE} does not answer within ${probeMilliseconds / 1000} s: correct ALLOT_S3_ENDPOINT, or start the server and let this machine through to it`;

const tryOut = async (store: Store, signal: AbortSignal): Promise<void> => {
  const key = `allot-probe-${randomUUID()}`;
  const bytes = new TextEncoder().encode(key);
  try {
    await store.create(key, bytes, { signal });
    if ((await store.create(key, bytes, { signal })) !== "exists") throw new StoreFault("ConditionalPutUnsupported", overwritten);
    const read = await store.get(key, { signal });
    if (read === undefined || !Buffer.from(read).equals(bytes))
      throw new StoreFault("StoreFailed", `what was written to "${key}" does not read back: the server loses writes`);
    for await (const entry of store.list(key, { signal })) if (entry.key === key) return;
    throw new StoreFault("StoreFailed", `what was written to "${key}" is not listed: the server's listings lag behind`);
  } finally {
    await store.delete(key, { signal: AbortSignal.timeout(cleanupMilliseconds) }).catch(() => undefined);
  }
};

const overwritten = `the store creates an object that exists already instead of refusing ("If-None-Match: *"), so a pack could be sealed twice: use a server that keeps it (Amazon S3, MinIO, Ceph, rclone 1.76 or newer)`;
