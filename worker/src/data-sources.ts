import { randomUUID } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { type Clock, systemClock } from "@allot/runtime";
import { downloadObject, type StoreEnvironment, storeProblem } from "@allot/store";
import { withLock } from "./node-lock.ts";
import { Misconfigured } from "./pod-settings.ts";
import { ArchiveError, unpackTar } from "./tar.ts";

/** The environment variables that say which data a lane needs from S3, beside those of the store. */
export interface SourceEnvironment extends StoreEnvironment {
  /** JSON list of `DataObject`: the manifest's `execution.data` entries with `s3`. */
  readonly ALLOT_DATA_S3?: string | undefined;
  /** A writable folder that all lanes of a node share. */
  readonly ALLOT_CACHE?: string | undefined;
}

/** One entry of `execution.data` that lies in S3. */
interface DataObject {
  readonly name: string;
  readonly uri: string;
  /** Of the object as it is stored, lower-case hex. */
  readonly sha256: string;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Brings the data that lie in S3 to this node, once for all its lanes and once for all sweeps: each object goes to
 * `<cache>/data/<sha256>/<name>/`, a `.tar` or `.tar.gz` unpacked, anything else as it is. Only whole and checked data get
 * that name.
 * @returns the folders to look for data in.
 * @throws Misconfigured naming address, digests and fix where somebody must change something; StoreError where the store is away.
 */
export const fetchData = async (environment: SourceEnvironment, { signal, clock = systemClock }: FetchOptions): Promise<string[]> => {
  const folders: string[] = [];
  for (const object of objectsOf(environment)) {
    const folder = path.join(cacheOf(environment), "data", object.sha256);
    await fetchOnce(object, folder, { environment, signal, clock });
    folders.push(folder);
  }
  return folders;
};

const objectsOf = ({ ALLOT_DATA_S3: text = "" }: SourceEnvironment): DataObject[] => {
  if (text.trim() === "") return [];
  const wrong = new Misconfigured(`ALLOT_DATA_S3 is ${text}: it wants a JSON list of {name, uri, sha256}, as the controller writes it from execution.data`);
  try {
    const list: unknown = JSON.parse(text);
    if (Array.isArray(list) && list.every(isDataObject)) return list;
  } catch {
    throw wrong;
  }
  throw wrong;
};

const isDataObject = (entry: unknown): entry is DataObject => {
  const { name, uri, sha256 }: Partial<DataObject> = Object(entry);
  return typeof name === "string" && /^[\w.-]+$/.test(name) && !/^\.+$/.test(name) && String(uri).startsWith("s3://") && /^[0-9a-f]{64}$/.test(String(sha256));
};

const cacheOf = ({ ALLOT_CACHE: cache }: SourceEnvironment): string => {
  if (cache !== undefined && cache !== "") return path.resolve(cache);
  throw new Misconfigured("ALLOT_CACHE is not set, and execution.data has objects in S3: set it to a writable folder, one for all lanes of a node");
};

type Fetching = Required<FetchOptions> & { readonly environment: SourceEnvironment };

const isThere = async (folder: string): Promise<boolean> => (await stat(folder).catch(() => undefined))?.isDirectory() === true;

/** What an interrupted download left; its name can't be a data set's. */
const partPrefix = ".part-";

const staleMilliseconds = 3_600_000;

const tidy = async (folder: string, before: number): Promise<void> => {
  for (const name of await readdir(folder)) {
    const part = path.join(folder, name);
    if (name.startsWith(partPrefix) && (await stat(part)).mtimeMs < before) await rm(part, { recursive: true, force: true });
  }
};

const fetchOnce = async (object: DataObject, folder: string, fetching: Fetching): Promise<void> => {
  const target = path.join(folder, object.name);
  if (await isThere(target)) return;
  await mkdir(folder, { recursive: true });
  const work = async (): Promise<void> => {
    if (await isThere(target)) return;
    await tidy(folder, fetching.clock.now() - staleMilliseconds);
    const part = path.join(folder, partPrefix + randomUUID());
    try {
      await rename(await fill(object, part, fetching), target).catch(async (error: unknown) => {
        // Somebody else was as fast: theirs is the same.
        if (!(await isThere(target))) throw error;
      });
    } finally {
      await rm(part, { recursive: true, force: true });
    }
  };
  await withLock(path.join(folder, ".lock"), work, fetching);
};

/** Fills a folder with the data and gives the one that is to become theirs. */
const fill = async (object: DataObject, part: string, fetching: Fetching): Promise<string> => {
  const base = path.posix.basename(object.uri);
  const archive = /\.(tar|tar\.gz|tgz)$/.exec(base)?.[1];
  const content = path.join(part, "content");
  await mkdir(content, { recursive: true });
  const file = archive === undefined ? path.join(content, base) : path.join(part, "archive");
  await download(object, file, fetching);
  if (archive === undefined) return content;
  try {
    await unpackTar(file, content, { gzipped: archive !== "tar", signal: fetching.signal });
  } catch (error) {
    throw error instanceof ArchiveError ? wrongData(object, `${error.message}; pack it again, or correct execution.data`) : error;
  }
  return withoutWrapper(content, object.name);
};

/** An archive of the folder `mnist` and one of the files in it are the same data set. */
const withoutWrapper = async (folder: string, name: string): Promise<string> => {
  const inner = path.join(folder, name);
  const names = await readdir(folder);
  return names.length === 1 && (await isThere(inner)) ? inner : folder;
};

const download = async (object: DataObject, file: string, { environment, signal, clock }: Fetching): Promise<void> => {
  const found = await downloadObject(object.uri, environment, { file, signal, clock }).catch((error: unknown) => explain(object, error));
  if (!found) throw wrongData(object, "there is no such object; put it there, or correct the uri in execution.data");
  if (found.sha256 === object.sha256) return;
  throw wrongData(
    object,
    `expected sha256 ${object.sha256}, actual ${found.sha256} (${found.bytes} bytes); correct the sha256 in execution.data, or put the right object there`,
  );
};

const passing = ["StoreUnreachable", "StoreFailed"];

/** What only has to be waited for stays what it is. */
const explain = (object: DataObject, error: unknown): never => {
  const problem = storeProblem(error);
  throw problem && !passing.includes(problem.reason) ? wrongData(object, problem.message) : error;
};

const wrongData = ({ name, uri }: DataObject, what: string): Misconfigured => new Misconfigured(`execution.data "${name}" (${uri}): ${what}`);
