import { isExpired, isNotFound, statusError } from "./errors.ts";
import type { HttpClient, Request } from "./http.ts";
import type { ApplyOptions, At, DeleteOptions, ListOptions, ListPage, Resource, WatchEvent, WatchOptions } from "./kube.ts";
import type { Draft, KubeObject, ResourceType } from "./objects.ts";

const pageSize = 500;

interface ListAnswer<T> {
  readonly items: T[] | null;
  readonly metadata: { readonly resourceVersion: string; readonly continue?: string };
}

type Query = Record<string, string | number | boolean | undefined>;

/** The query of a path, with its question mark; what is undefined is left out. */
export const queryOf = (query: Query): string => {
  const given = Object.entries(query).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)] as [string, string]]));
  return given.length === 0 ? "" : `?${new URLSearchParams(given).toString()}`;
};

/** Objects of one kind over HTTP. */
export class HttpResource<T extends KubeObject> implements Resource<T> {
  readonly type: ResourceType<T>;
  readonly #http: HttpClient;

  constructor(http: HttpClient, type: ResourceType<T>) {
    this.#http = http;
    this.type = type;
  }

  async get(name: string, { namespace, signal }: At): Promise<T | undefined> {
    try {
      return await this.#send({ method: "GET", path: this.#objectPath({ namespace, name }), signal });
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  async list(options: ListOptions): Promise<{ items: T[]; resourceVersion: string }> {
    for (let attempt = 1; ; attempt++) {
      const items: T[] = [];
      try {
        let resourceVersion = "";
        for await (const page of this.pages(options)) {
          items.push(...page.items);
          ({ resourceVersion } = page);
        }
        return { items, resourceVersion };
      } catch (error) {
        // The server forgets a list's snapshot after some minutes.
        if (!isExpired(error) || attempt === 3) throw error;
      }
    }
  }

  async *pages({ namespace, labelSelector, fieldSelector, signal }: ListOptions): AsyncGenerator<ListPage<T>, void, undefined> {
    let next: string | undefined;
    do {
      const path = this.#collectionPath(namespace) + queryOf({ limit: pageSize, continue: next, labelSelector, fieldSelector });
      const { items, metadata }: ListAnswer<T> = JSON.parse(await this.#http.text({ method: "GET", path, signal }));
      yield { items: (items ?? []).map((item) => this.#named(item)), resourceVersion: metadata.resourceVersion };
      next = metadata.continue || undefined;
    } while (next !== undefined);
  }

  async *watch(options: WatchOptions): AsyncGenerator<WatchEvent<T>, void, undefined> {
    const { namespace, labelSelector, fieldSelector, resourceVersion, timeoutSeconds, signal } = options;
    const query = queryOf({ watch: true, allowWatchBookmarks: true, resourceVersion, timeoutSeconds, labelSelector, fieldSelector });
    for await (const line of this.#http.lines({ method: "GET", path: this.#collectionPath(namespace) + query, signal })) {
      const event: WatchEvent<T> | { type: "ERROR"; object: object } = JSON.parse(line);
      if (event.type === "ERROR") throw statusError(event.object, { status: 500, message: `watch of ${this.type.plural} failed` });
      yield event;
    }
  }

  async create(object: Draft<T>, { signal, fieldManager }: { signal: AbortSignal; fieldManager?: string }): Promise<T> {
    const path = this.#collectionPath(this.#namespaceOf(object.metadata)) + queryOf({ fieldManager });
    return this.#send({ method: "POST", path, signal, body: json("application/json", this.#named(object)) });
  }

  async apply(object: Draft<T>, options: ApplyOptions): Promise<T> {
    return this.#apply(object, options);
  }

  async applyStatus(object: Draft<T>, options: ApplyOptions): Promise<T> {
    return this.#apply(object, { ...options, subresource: "status" });
  }

  async mergePatch(
    name: string,
    patch: unknown,
    { namespace, signal, subresource, fieldManager }: At & { subresource?: string; fieldManager?: string },
  ): Promise<T> {
    const path = this.#objectPath({ namespace, name, subresource }) + queryOf({ fieldManager });
    return this.#send({ method: "PATCH", path, signal, body: json("application/merge-patch+json", patch) });
  }

  async delete(name: string, { namespace, signal, propagation = "Background", preconditions }: DeleteOptions): Promise<boolean> {
    const body = json("application/json", { apiVersion: "v1", kind: "DeleteOptions", propagationPolicy: propagation, preconditions });
    try {
      await this.#http.text({ method: "DELETE", path: this.#objectPath({ namespace, name }), signal, body });
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  async #apply(object: Draft<T>, { fieldManager, force, dryRun, signal, subresource }: ApplyOptions & { subresource?: string }): Promise<T> {
    const { name, namespace } = object.metadata;
    const path = this.#objectPath({ namespace, name, subresource }) + queryOf({ fieldManager, force, dryRun: dryRun === true ? "All" : undefined });
    return this.#send({ method: "PATCH", path, signal, body: json("application/apply-patch+yaml", this.#named(object)) });
  }

  async #send(request: Request): Promise<T> {
    return JSON.parse(await this.#http.text(request)) as T;
  }

  /** With the type's names, which items of a list and drafts lack. */
  #named<O extends object>(object: O): O {
    const { group, version, kind } = this.type;
    return { apiVersion: group === "" ? version : `${group}/${version}`, kind, ...object };
  }

  #namespaceOf({ namespace }: { namespace?: string | undefined }): string | undefined {
    const { plural, namespaced } = this.type;
    if (namespaced && !namespace) throw new Error(`${plural} have namespaces: give the namespace of the one meant`);
    if (!namespaced && namespace) throw new Error(`${plural} have no namespaces: leave out "${namespace}"`);
    return namespace;
  }

  #collectionPath(namespace: string | undefined): string {
    const { group, version, plural } = this.type;
    const base = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
    return namespace === undefined ? `${base}/${plural}` : `${base}/namespaces/${encodeURIComponent(namespace)}/${plural}`;
  }

  #objectPath({ namespace, name, subresource }: { namespace: string | undefined; name: string; subresource?: string | undefined }): string {
    if (name === "") throw new Error(`${this.type.plural}: the name is empty`);
    const path = `${this.#collectionPath(this.#namespaceOf({ namespace }))}/${encodeURIComponent(name)}`;
    return subresource === undefined ? path : `${path}/${subresource}`;
  }
}

const json = (type: string, value: unknown): { type: string; text: string } => ({ type, text: JSON.stringify(value) });
