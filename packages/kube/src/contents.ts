import type { KubeObject } from "./objects.ts";
import { keyOf } from "./objects.ts";

/** What happened to one object: `current` is undefined when it was deleted, `previous` when it is new. */
export interface Change<T> {
  readonly key: string;
  readonly current: T | undefined;
  /** Differs from `current` in its uid where an object was deleted and made anew unseen. */
  readonly previous: T | undefined;
}

export type Indexes<T> = Readonly<Record<string, (object: T) => readonly string[]>>;

/** Objects by key and by index. */
export class Contents<T extends KubeObject> {
  readonly #indexes: Indexes<T>;
  readonly #objects = new Map<string, T>();
  /** Keys of objects, by index and value. */
  readonly #found: Map<string, Map<string, Set<string>>>;

  constructor(indexes: Indexes<T>) {
    this.#indexes = indexes;
    this.#found = new Map(Object.keys(indexes).map((name) => [name, new Map()]));
  }

  get(key: string): T | undefined {
    return this.#objects.get(key);
  }

  all(): T[] {
    return [...this.#objects.values()];
  }

  by(index: string, value: string): T[] {
    const values = this.#found.get(index);
    if (!values) throw new Error(`cache: no index "${index}"; there are: ${[...this.#found.keys()].join(", ") || "none"}`);
    return [...(values.get(value) ?? [])].map((key) => this.#objects.get(key)!);
  }

  /** Nothing changes, and nothing is returned, for a version that is there already. */
  set(object: T): Change<T> | undefined {
    const key = keyOf(object);
    const previous = this.#objects.get(key);
    if (previous?.metadata.resourceVersion === object.metadata.resourceVersion) return undefined;
    if (previous) this.#unindex(key, previous);
    this.#objects.set(key, object);
    this.#eachIndexed(object, (values, value) => {
      const keys = values.get(value);
      if (keys) keys.add(key);
      else values.set(value, new Set([key]));
    });
    return { key, current: object, previous };
  }

  delete(key: string): Change<T> | undefined {
    const previous = this.#objects.get(key);
    if (!previous) return undefined;
    this.#unindex(key, previous);
    this.#objects.delete(key);
    return { key, current: undefined, previous };
  }

  /** Makes these the only objects. Returns what that changed; deletions come first. */
  replace(objects: readonly T[]): Change<T>[] {
    const kept = new Set(objects.map(keyOf));
    const gone = [...this.#objects.keys()].filter((key) => !kept.has(key)).map((key) => this.delete(key));
    return [...gone, ...objects.map((object) => this.set(object))].filter((change) => change !== undefined);
  }

  #unindex(key: string, object: T): void {
    this.#eachIndexed(object, (values, value) => {
      const keys = values.get(value);
      keys?.delete(key);
      if (keys?.size === 0) values.delete(value);
    });
  }

  #eachIndexed(object: T, visit: (values: Map<string, Set<string>>, value: string) => void): void {
    for (const [name, valuesOf] of Object.entries(this.#indexes)) {
      for (const value of valuesOf(object)) visit(this.#found.get(name)!, value);
    }
  }
}
