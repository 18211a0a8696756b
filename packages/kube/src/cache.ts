import type { Clock } from "@allot/runtime";
import type { Change, Indexes } from "./contents.ts";
import { Contents } from "./contents.ts";
import { isExpired, KubeError } from "./errors.ts";
import type { Resource, WatchEvent } from "./kube.ts";
import type { KubeObject } from "./objects.ts";
import { keyOf } from "./objects.ts";
import { abortable, LateError, waitAfter, within } from "./waiting.ts";

/** Why a cache had to connect again: the version it knew was too old, there was no answer, it was dead, or the server refused. */
export type RestartReason = "expired" | "lost" | "stalled" | "refused";

export interface CacheOptions<T extends KubeObject> {
  readonly resource: Resource<T>;
  readonly clock: Clock;
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  /** Values under which `by` finds an object. */
  readonly indexes?: Indexes<T>;
  /** What is kept of an object; all but `managedFields` unless told. Must keep name, namespace and resource version. */
  readonly transform?: (object: T) => T;
  /** Called for each change, in order, once the cache has it. What it throws, `run` throws. */
  readonly onChange?: (change: Change<T>) => void;
  /** Hears each failure that `run` goes on after. */
  readonly onError?: (error: unknown, reason: RestartReason) => void;
  readonly metrics?: { restarted(reason: RestartReason): void };
  /** In [0, 1): keeps many clients from coming back at once. */
  readonly jitter?: () => number;
  /** The server ends a watch after this long, and it is renewed; 300 unless told. */
  readonly timeoutSeconds?: number;
}

/** A watch that the server has not ended this long after its `timeoutSeconds` is taken for dead. */
const graceMilliseconds = 30_000;
/** A watch that ends sooner than this without an event counts as a failure, else a server that ends them at once would be asked in a loop. */
const shortestMilliseconds = 1000;
const backoff = { firstMilliseconds: 250, longestMilliseconds: 30_000 };

/** The server ends its watches at once. */
class EndedError extends Error {
  override readonly name = "EndedError";
}

/**
 * A copy of the objects of one kind, kept up to date.
 *
 * It lists in pages, then watches from the list's version. A watch that ends or breaks is resumed at the last version seen,
 * with a wait that doubles; a version that is too old, or a watch that the server forgot to end, is healed by a new list, which replaces
 * the contents in one step and reports what had changed or gone meanwhile.
 */
export class Cache<T extends KubeObject> {
  readonly #options: CacheOptions<T>;
  readonly #contents: Contents<T>;
  readonly #synced = Promise.withResolvers<void>();
  /** Where the next watch begins; undefined when only a list can tell. */
  #version: string | undefined;
  #failures = 0;

  constructor(options: CacheOptions<T>) {
    this.#options = options;
    this.#contents = new Contents(options.indexes ?? {});
  }

  /** Keeps up, whatever the server does, until the signal aborts; then returns with nothing left open. */
  async run({ signal }: { signal: AbortSignal }): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      try {
        this.#version ??= await this.#list(signal);
        await this.#watch(this.#version, signal);
        this.#failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        this.#note(error);
        const wait = Math.max(
          waitAfter({ ...backoff, jitter: this.#jitter }, this.#failures++),
          error instanceof KubeError ? (error.retryAfterMilliseconds ?? 0) : 0,
        );
        await clock.sleep(wait, { signal }).catch(() => undefined);
      }
    }
  }

  /** Resolves when the first list is in. Rejects with the signal's reason. */
  async synced({ signal }: { signal: AbortSignal }): Promise<void> {
    return abortable(this.#synced.promise, signal);
  }

  /** By `namespace/name`, as `keyOf` makes it. */
  get(key: string): T | undefined {
    return this.#contents.get(key);
  }

  /** Objects that the index finds under the value. */
  by(index: string, value: string): T[] {
    return this.#contents.by(index, value);
  }

  all(): T[] {
    return this.#contents.all();
  }

  readonly #jitter = (): number => this.#options.jitter?.() ?? 0;

  async #list(signal: AbortSignal): Promise<string> {
    const { resource, namespace, labelSelector, transform = withoutManagedFields } = this.#options;
    const items: T[] = [];
    let version = "";
    for await (const page of resource.pages({ namespace, labelSelector, signal })) {
      for (const item of page.items) items.push(transform(item));
      version = page.resourceVersion;
    }
    for (const change of this.#contents.replace(items)) this.#options.onChange?.(change);
    this.#synced.resolve();
    return version;
  }

  /** Returns when the server has ended the watch in order. */
  async #watch(from: string, signal: AbortSignal): Promise<void> {
    const { resource, clock, namespace, labelSelector, timeoutSeconds = 300 } = this.#options;
    // Spread, or every watch of a restarted server would end in the same second from then on.
    const seconds = Math.ceil(timeoutSeconds * (1 + this.#jitter() / 5));
    const longest = seconds * 1000 + graceMilliseconds;
    const begun = clock.monotonic();
    let seen = false;
    const late = `watch of ${resource.type.plural}: not ended after ${longest / 1000} s`;
    await within({ clock, milliseconds: longest, signal, late }, async (inTime) => {
      for await (const event of resource.watch({ resourceVersion: from, timeoutSeconds: seconds, namespace, labelSelector, signal: inTime })) {
        seen = true;
        this.#failures = 0;
        this.#take(event);
      }
    });
    if (!seen && clock.monotonic() - begun < shortestMilliseconds) throw new EndedError(`watch of ${resource.type.plural}: ended at once`);
  }

  #take(event: WatchEvent<T>): void {
    const { transform = withoutManagedFields, onChange } = this.#options;
    if (event.type !== "BOOKMARK") {
      const change = event.type === "DELETED" ? this.#contents.delete(keyOf(event.object)) : this.#contents.set(transform(event.object));
      if (change) onChange?.(change);
    }
    this.#version = event.object.metadata.resourceVersion;
  }

  #note(error: unknown): void {
    const reason = reasonOf(error);
    // Only a lost connection leaves no doubt that the version still means something.
    if (reason !== "lost") this.#version = undefined;
    this.#options.metrics?.restarted(reason);
    this.#options.onError?.(error, reason);
  }
}

/** @throws error itself when it is none of the server's. */
const reasonOf = (error: unknown): RestartReason => {
  if (isExpired(error)) return "expired";
  if (error instanceof LateError) return "stalled";
  if (error instanceof EndedError) return "lost";
  // A server that starts or is too busy has not looked at the version.
  if (error instanceof KubeError) return error.status === 0 || error.status === 429 || error.status >= 500 ? "lost" : "refused";
  throw error;
};

const withoutManagedFields = <T extends KubeObject>(object: T): T => {
  delete object.metadata.managedFields;
  return object;
};
