import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { gunzipSync } from "node:zlib";
import { type Study, sha256 } from "@allot/spec";
import { DataError, type DataFiles, dataNeeds, type FileNeed } from "@allot/studies";

/** Where data files are looked for, in this order. */
export interface DataPlaces {
  readonly folders: readonly string[];
  /** The user's cache, which `allot data fetch` fills; the last of `folders`. */
  readonly cache: string;
}

/** The environment variables that decide where data is. */
export interface DataEnvironment {
  readonly ALLOT_DATA?: string | undefined;
  readonly XDG_CACHE_HOME?: string | undefined;
  readonly HOME?: string | undefined;
}

/** A file that a study needs was found nowhere. The message names the files, the places and what to do. */
export class DataMissing extends Error {
  override readonly name = "DataMissing";
  readonly files: readonly string[];
  readonly places: readonly string[];

  constructor(need: FileNeed, places: readonly string[]) {
    const files = need.names.map((spellings) => `${spellings[0]}.gz`);
    super(
      `data not found: ${files.join(" and ")}\n` +
        `  looked in: ${places.join(", ")}\n` +
        (need.dataset === "text" ? `  put it into one of these folders\n` : `  get it with: allot data fetch ${folderOf[need.dataset]}\n`) +
        `  or set ALLOT_DATA to the folder that holds ${folderOf[need.dataset]}/`,
    );
    this.files = files;
    this.places = places;
  }
}

/** The folder of each data set, below every place. */
export const folderOf: Record<FileNeed["dataset"], string> = { mnist: "mnist", fashionMnist: "fashion-mnist", text: "text" };

/** `ALLOT_DATA` (folders separated like PATH), then `XDG_CACHE_HOME` or `~/.cache`, below it `allot/data`. */
export const dataPlaces = (environment: DataEnvironment, home: string): DataPlaces => {
  const given = (environment.ALLOT_DATA ?? "").split(path.delimiter).filter((folder) => folder !== "");
  const cacheHome = environment.XDG_CACHE_HOME ?? path.join(environment.HOME ?? home, ".cache");
  const cache = path.join(cacheHome, "allot", "data");
  return { folders: [...given.map((folder) => path.resolve(folder)), cache], cache };
};

/** One file that was found: the name is the first spelling, without `.gz`. */
export interface FoundFile {
  readonly name: string;
  readonly path: string;
}

const isFile = async (file: string): Promise<boolean> => (await stat(file).catch(() => undefined))?.isFile() === true;

/** The path under which a folder holds a file, plain or packed, under one of its spellings. */
const findSpelling = async (folder: string, spellings: readonly string[]): Promise<FoundFile | undefined> => {
  for (const spelling of spellings) {
    for (const candidate of [path.join(folder, `${spelling}.gz`), path.join(folder, spelling)]) {
      if (await isFile(candidate)) return { name: spellings[0]!, path: candidate };
    }
  }
  return undefined;
};

/** All files of a need, or none. Half of an optional need is a mistake, not a smaller data set. */
const findInFolder = async (folder: string, need: FileNeed): Promise<FoundFile[] | undefined> => {
  const files = await Promise.all(need.names.map(async (spellings) => findSpelling(folder, spellings)));
  const found = files.filter((file) => file !== undefined);
  if (found.length === need.names.length) return found;
  const absent = need.names[files.indexOf(undefined)]?.[0] ?? "";
  if (found.length > 0) throw new DataError(`${absent}.gz`, `is not in ${folder}, but ${found[0]?.name} is: they belong together`);
  return undefined;
};

/** The first place that holds every required file; it alone is used, so that parts of two copies never mix. */
const findDataset = async (needs: readonly FileNeed[], folders: readonly string[]): Promise<FoundFile[]> => {
  const required = needs.filter((need) => need.optional !== true);
  for (const folder of folders) {
    const parts = await Promise.all(required.map(async (need) => findInFolder(folder, need)));
    if (parts.includes(undefined)) continue;
    const extra = await Promise.all(needs.filter((need) => need.optional === true).map(async (need) => findInFolder(folder, need)));
    return [...parts, ...extra].flatMap((part) => part ?? []);
  }
  throw new DataMissing(required[0] ?? needs[0]!, folders);
};

/**
 * The files a study trains on, without reading them; none where its data is generated.
 * @throws DataMissing
 */
export const findData = async (study: Study, places: DataPlaces): Promise<FoundFile[]> => {
  const needs = dataNeeds(study);
  const found: FoundFile[] = [];
  for (const dataset of new Set(needs.map((need) => need.dataset))) {
    const folders = places.folders.map((folder) => path.join(folder, folderOf[dataset]));
    found.push(
      ...(await findDataset(
        needs.filter((need) => need.dataset === dataset),
        folders,
      )),
    );
  }
  return found;
};

/** Contents by name, and the sha256 of each content *unpacked*, so that a repacked file stays the same data. */
export interface LoadedData {
  readonly files: DataFiles;
  readonly digests: Readonly<Record<string, string>>;
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b;

const unpack = (file: FoundFile, bytes: Uint8Array): Uint8Array => {
  if (!isGzip(bytes)) return bytes;
  try {
    return gunzipSync(bytes);
  } catch (error) {
    throw new DataError(file.path, `is a damaged gzip archive (${error instanceof Error ? error.message : String(error)}); fetch it again`);
  }
};

/** Reads found files. */
export const readData = async (found: readonly FoundFile[]): Promise<LoadedData> => {
  const files: Record<string, Uint8Array> = {};
  const digests: Record<string, string> = {};
  for (const file of found) {
    const content = unpack(file, await readFile(file.path));
    files[file.name] = content;
    digests[file.name] = sha256(content);
  }
  return { files, digests };
};
