import type { Draft, KubeObject, ResourceType } from "./objects.ts";

/** A connection to one API server, with one user's rights. */
export interface Kube {
  /** Address of the API server, for messages. */
  readonly server: string;
  /** Namespace of the context or of the service account; `default` where neither says. */
  readonly namespace: string;
  resource<T extends KubeObject>(type: ResourceType<T>): Resource<T>;
  /** Any request, answered in one piece of text. For `/version`, `/readyz`, discovery and the like. @param path with its query. @throws KubeError */
  request(path: string, options: { signal: AbortSignal; method?: string; body?: unknown }): Promise<string>;
  /** Lines of a container's log as they come, without their line ends. Ends with the container when following. @throws KubeError */
  logs(pod: { namespace: string; name: string }, options: LogOptions): AsyncIterable<string>;
  /** Closes all connections; a later request opens a new one. */
  close(): void;
}

export interface LogOptions {
  readonly signal: AbortSignal;
  readonly container?: string;
  /** Goes on until the container ends. */
  readonly follow?: boolean;
  /** Of the container's run before this one. */
  readonly previous?: boolean;
  /** Begins this many lines before the end. */
  readonly tailLines?: number;
}

export interface ListOptions {
  readonly signal: AbortSignal;
  /** All namespaces unless told. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
}

export interface ListPage<T> {
  readonly items: T[];
  /** The same for every page of a list: they show one moment. */
  readonly resourceVersion: string;
}

export interface WatchOptions extends ListOptions {
  /** Begins after this version; the version of a list or of an event. */
  readonly resourceVersion: string;
  /** The server ends the watch after this long. */
  readonly timeoutSeconds?: number;
}

/** What a watch reports. A bookmark is no change: it says how far the watch has come. */
export type WatchEvent<T> =
  | { readonly type: "ADDED" | "MODIFIED" | "DELETED"; readonly object: T }
  | { readonly type: "BOOKMARK"; readonly object: { readonly metadata: { readonly resourceVersion: string } } };

/** Where an object is: `namespace` is needed where the resource has namespaces, and an error where it has none. */
export interface At {
  readonly signal: AbortSignal;
  readonly namespace?: string | undefined;
}

export interface ApplyOptions {
  readonly signal: AbortSignal;
  /** Name under which the server remembers who set which field. */
  readonly fieldManager: string;
  /** Takes over fields that other managers own. Without it that is a `Conflict` whose message names field and manager. */
  readonly force?: boolean;
  /** The server says what would become of it, and changes nothing. */
  readonly dryRun?: boolean;
}

export interface DeleteOptions extends At {
  /** What becomes of objects owned by this one; `Background` unless told. */
  readonly propagation?: "Background" | "Foreground" | "Orphan";
  /** Deletes only this very object: else `Conflict`. */
  readonly preconditions?: { readonly uid?: string; readonly resourceVersion?: string };
}

/** Objects of one kind. Every call throws `KubeError` when refused or unanswered, and the signal's reason when aborted. */
export interface Resource<T extends KubeObject> {
  readonly type: ResourceType<T>;
  /** `undefined` when there is none. */
  get(name: string, options: At): Promise<T | undefined>;
  /** All objects, read in pages; the version is where a watch goes on. */
  list(options: ListOptions): Promise<{ items: T[]; resourceVersion: string }>;
  /** The same, a page at a time, for lists too big to hold. @throws KubeError `Expired` when reading took longer than the server remembers. */
  pages(options: ListOptions): AsyncIterable<ListPage<T>>;
  /** Changes as they come, until the server ends the watch. @throws KubeError `Expired` when the version is too old. */
  watch(options: WatchOptions): AsyncIterable<WatchEvent<T>>;
  /** @throws KubeError `AlreadyExists` */
  create(object: Draft<T>, options: { signal: AbortSignal; fieldManager?: string }): Promise<T>;
  /** Server-side apply: creates the object, or sets exactly the fields given and drops those this manager gave before. */
  apply(object: Draft<T>, options: ApplyOptions): Promise<T>;
  /** The same for the status, which other writes leave alone. */
  applyStatus(object: Draft<T>, options: ApplyOptions): Promise<T>;
  /** JSON merge patch: `null` removes a field, lists are replaced. With `metadata.resourceVersion` in it, `Conflict` if the object has changed since. */
  mergePatch(name: string, patch: unknown, options: At & { subresource?: string; fieldManager?: string }): Promise<T>;
  /** `false` when there was none. */
  delete(name: string, options: DeleteOptions): Promise<boolean>;
}
