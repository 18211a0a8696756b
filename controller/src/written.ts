import type { KubeObject } from "@allot/kube";

const versionOf = ({ metadata }: KubeObject): bigint => {
  const { resourceVersion = "0" } = metadata;
  return /^\d+$/.test(resourceVersion) ? BigInt(resourceVersion) : 0n;
};

/**
 * What this process wrote and its caches may not show yet: a decision made on an older object would write the same again.
 * Versions of one kind of object are ordered.
 */
export class Written<T extends KubeObject> {
  readonly #objects = new Map<string, T>();

  note(object: T): void {
    this.#objects.set(object.metadata.uid ?? object.metadata.name, object);
  }

  /** The newer of the cache's object and what was written. */
  newer(cached: T): T {
    const uid = cached.metadata.uid ?? cached.metadata.name;
    const written = this.#objects.get(uid);
    if (written === undefined) return cached;
    if (versionOf(written) > versionOf(cached)) return written;
    this.#objects.delete(uid);
    return cached;
  }
}
