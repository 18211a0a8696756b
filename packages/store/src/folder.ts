import { randomUUID } from "node:crypto";
import { link, mkdir, open, readdir, readFile, rename, rmdir, stat, unlink } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock } from "@allot/runtime";
import { systemClock } from "@allot/runtime";
import { sha256 } from "./digest.ts";
import { checkKey, checkPrefix } from "./keys.ts";
import type { ObjectEntry, Store } from "./store.ts";
import { StoreError } from "./store.ts";

export interface FolderOptions {
  /** Tells how old a half-written file is. */
  clock?: Clock;
  /** A half-written file this old has lost its writer and is removed; an hour unless told. */
  staleMilliseconds?: number;
}

/** Names no key can have (keys never start with a dot), so listings know a half-written file by its name. */
const temporaryName = (): string => `.${randomUUID()}.tmp`;
const isTemporary = (name: string): boolean => name.startsWith(".") && name.endsWith(".tmp");

/** A folder that is emptied again and again may be gone as often between its making and the first file in it. */
const mostAttempts = 100;

const codeOf = (error: unknown): string | undefined => (error instanceof Error && "code" in error ? String(error.code) : undefined);
/** The key names nothing: absent, below a file, or a folder. */
const isAbsent = (error: unknown): boolean => ["ENOENT", "ENOTDIR", "EISDIR"].includes(codeOf(error) ?? "");

/** Makes a new name in a folder outlive a power cut. */
const syncFolder = async (folder: string): Promise<void> => {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    // Windows can't open a folder, and some network file systems can't sync one: they give what they can.
    if (!["EISDIR", "EPERM", "EINVAL", "EACCES", "ENOTSUP"].includes(codeOf(error) ?? "")) throw error;
  }
};

/** Removes folders that are empty now, up to the root. Never fails: one that is in use is not empty, and a writer makes its folder anew. */
const clear = async (folder: string, root: string): Promise<void> => {
  for (let empty = folder; empty !== root; empty = dirname(empty)) {
    const gone = await rmdir(empty).then(
      () => true,
      () => false,
    );
    if (!gone) return;
  }
};

const isStale = async (file: string, before: number): Promise<boolean> => (await stat(file)).mtimeMs < before;

/** Removes what killed writers left in a folder. Never fails: leftovers are invisible, only untidy. */
const tidy = async (folder: string, before: number): Promise<void> => {
  for (const name of await readdir(folder).catch(() => [])) {
    if (!isTemporary(name)) continue;
    const file = join(folder, name);
    if (await isStale(file, before).catch(() => false)) await unlink(file).catch(() => undefined);
  }
};

/** Writes and syncs a file that no listing shows, gives it to `publish`, and removes it whatever happens. */
const viaTemporary = async <T>(o: { folder: string; bytes: Uint8Array; signal: AbortSignal; publish: (file: string) => Promise<T> }): Promise<T> => {
  const file = join(o.folder, temporaryName());
  try {
    const handle = await open(file, "wx");
    try {
      await handle.writeFile(o.bytes, { signal: o.signal });
      await handle.sync();
    } finally {
      await handle.close();
    }
    o.signal.throwIfAborted();
    const result = await o.publish(file);
    await syncFolder(o.folder);
    return result;
  } finally {
    await unlink(file).catch((error: unknown) => {
      if (!isAbsent(error)) throw error;
    });
  }
};

const sortName = (entry: { name: string; isFolder: boolean }): string => (entry.isFolder ? `${entry.name}/` : entry.name);

/** What a folder holds, in the order its keys have: a folder sorts as its name with a slash. */
const entriesOf = async (folder: string): Promise<{ name: string; isFolder: boolean }[]> => {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if (isAbsent(error)) return [];
    throw error;
  });
  const visible = entries.filter((entry) => !entry.name.startsWith(".")).map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  return visible.sort((a, b) => (sortName(a) < sortName(b) ? -1 : 1));
};

async function* walk(root: string, o: { below: string; prefix: string; signal: AbortSignal }): AsyncGenerator<ObjectEntry> {
  for (const { name, isFolder } of await entriesOf(join(root, o.below))) {
    o.signal.throwIfAborted();
    const key = o.below + name;
    if (isFolder) {
      const below = `${key}/`;
      if (below.startsWith(o.prefix) || o.prefix.startsWith(below)) yield* walk(root, { ...o, below });
    } else if (key.startsWith(o.prefix)) {
      // Deleted since the folder was read: not listed.
      const bytes = await stat(join(root, key)).then(
        ({ size }) => size,
        () => undefined,
      );
      if (bytes !== undefined) yield { key, bytes };
    }
  }
}

/**
 * A store in a folder; keys are paths below it. Objects appear by `rename` (put) or `link` (create) of a file
 * that is already written and synced, so they are whole and only one creator wins, also between processes.
 * @param root is made when missing. Its file system needs hard links.
 */
export const folderStore = (root: string, { clock = systemClock, staleMilliseconds = 3_600_000 }: FolderOptions = {}): Store => {
  const prepared = new Set<string>();

  /** Makes the folder of a key and, once per folder, clears what killed writers left there. */
  const prepare = async (folder: string): Promise<void> => {
    if (prepared.has(folder)) return;
    const made = await mkdir(folder, { recursive: true });
    if (made !== undefined) await syncFolder(dirname(made));
    await tidy(folder, clock.now() - staleMilliseconds);
    prepared.add(folder);
  };

  const guard = async <T>(operation: string, key: string, o: { signal: AbortSignal; work: (path: string) => Promise<T> }): Promise<T> => {
    checkKey(key);
    o.signal.throwIfAborted();
    try {
      return await o.work(join(root, key));
    } catch (error) {
      o.signal.throwIfAborted();
      throw new StoreError(operation, key, error);
    }
  };

  const write = async <T>(path: string, o: { bytes: Uint8Array; signal: AbortSignal; publish: (file: string) => Promise<T> }): Promise<T> => {
    const folder = dirname(path);
    for (let attempt = 1; ; attempt++) {
      try {
        await prepare(folder);
        return await viaTemporary({ ...o, folder });
      } catch (error) {
        // Someone removed the folder since it was prepared, as `delete` does with an empty one.
        if (codeOf(error) !== "ENOENT" || attempt === mostAttempts) throw error;
        prepared.delete(folder);
      }
    }
  };

  return {
    get: async (key, { signal }) =>
      guard("get", key, {
        signal,
        work: async (path) => {
          try {
            const file = await readFile(path, { signal });
            return new Uint8Array(file.buffer, file.byteOffset, file.byteLength);
          } catch (error) {
            if (isAbsent(error)) return undefined;
            throw error;
          }
        },
      }),
    put: async (key, bytes, { signal }) =>
      guard("put", key, {
        signal,
        work: async (path) => {
          await write(path, { bytes, signal, publish: async (file) => rename(file, path) });
          return { sha256: sha256(bytes) };
        },
      }),
    create: async (key, bytes, { signal }) =>
      guard("create", key, {
        signal,
        work: async (path) => {
          const publish = async (file: string): Promise<"created" | "exists"> => {
            try {
              await link(file, path);
              return "created";
            } catch (error) {
              if (codeOf(error) === "EEXIST") return "exists";
              throw error;
            }
          };
          return write(path, { bytes, signal, publish });
        },
      }),
    async *list(prefix, { signal }) {
      checkPrefix(prefix);
      signal.throwIfAborted();
      try {
        yield* walk(root, { below: prefix.slice(0, prefix.lastIndexOf("/") + 1), prefix, signal });
      } catch (error) {
        signal.throwIfAborted();
        throw new StoreError("list", prefix, error);
      }
    },
    delete: async (key, { signal }) =>
      guard("delete", key, {
        signal,
        work: async (path) => {
          try {
            await unlink(path);
          } catch (error) {
            if (isAbsent(error)) return;
            throw error;
          }
          prepared.delete(dirname(path));
          await clear(dirname(path), root);
        },
      }),
  };
};
