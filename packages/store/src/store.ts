/**
 * The port to where results are kept: immutable or whole-replaced objects under keys.
 *
 * What every adapter keeps, and `conformance.ts` checks:
 * - **Whole objects.** A reader sees an object as one writer gave it or not at all, also while it is
 *   written, replaced, or when its writer is killed.
 * - **Visibility.** Once `put` or `create` has resolved, every later `get` and `list`, from any process,
 *   sees the object, and it outlives a crash of the machine. Writers that have not resolved may or may
 *   not be seen.
 * - **One creator.** Of any number of concurrent `create` calls on one absent key exactly one resolves to
 *   `created`, and its bytes are the object. The others resolve to `exists`, having changed nothing.
 * - **Abort.** A call whose signal has aborted before it begins changes nothing. One that aborts later
 *   rejects with the signal's reason and leaves the object either untouched or whole.
 * - **Errors.** A key that is not valid is an `InvalidKeyError` before anything is touched; every other
 *   failure is a `StoreError` that names operation and key and carries the cause. An absent key is not
 *   an error: `get` gives `undefined`, `delete` does nothing.
 *
 * A caller never uses one key both as an object and as the folder of others (`a` and `a/b`).
 */
export interface Store {
  /** The object's bytes, the caller's own copy; `undefined` when there is none. */
  get(key: string, options: { signal: AbortSignal }): Promise<Uint8Array | undefined>;
  /** Creates or replaces the object. The digest is of the bytes given, lower-case hex. */
  put(key: string, bytes: Uint8Array, options: { signal: AbortSignal }): Promise<{ sha256: string }>;
  /** Creates the object unless there is one (`If-None-Match: *`); never replaces. */
  create(key: string, bytes: Uint8Array, options: { signal: AbortSignal }): Promise<"created" | "exists">;
  /** Objects whose key starts with `prefix` (any string of key characters, also part of a name), in ascending order of key. */
  list(prefix: string, options: { signal: AbortSignal }): AsyncIterable<ObjectEntry>;
  /** Removes the object; nothing happens when there is none. */
  delete(key: string, options: { signal: AbortSignal }): Promise<void>;
}

export interface ObjectEntry {
  readonly key: string;
  /** Size of the object. */
  readonly bytes: number;
}

/** The place behind a store failed: full, unreadable, gone. Retrying may help. */
export class StoreError extends Error {
  override readonly name: string = "StoreError";
  readonly operation: string;
  readonly key: string;

  constructor(operation: string, key: string, cause: unknown) {
    super(`store: ${operation} of "${key}" failed: ${cause instanceof Error ? cause.message : String(cause)}`, { cause });
    this.operation = operation;
    this.key = key;
  }
}
