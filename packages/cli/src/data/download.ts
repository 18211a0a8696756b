import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { CliError, exitCodes } from "../exit.ts";
import type { DataSource, SourceFile } from "./sources.ts";

export interface DownloadOptions {
  /** Addresses to ask, in order, until one gives the right bytes. */
  readonly mirrors: readonly string[];
  /** Folder the data set's own folder goes into. */
  readonly target: string;
  readonly signal: AbortSignal;
}

/** A mirror that says nothing for this long is given up. */
const mirrorMilliseconds = 120_000;

const digestOf = (bytes: Uint8Array, { checksum }: SourceFile): string => createHash(checksum.algorithm).update(bytes).digest("hex");

const isPresent = async (file: string, source: SourceFile): Promise<boolean> => {
  const bytes = await readFile(file).catch(() => undefined);
  return bytes !== undefined && digestOf(bytes, source) === source.checksum.hex;
};

/** undici hides the reason of a failed connection in the cause. */
const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error);
  return error.cause instanceof Error ? `${error.message} (${error.cause.message})` : error.message;
};

const fetchFrom = async (address: string, source: SourceFile, signal: AbortSignal): Promise<Uint8Array> => {
  const response = await fetch(address, { signal: AbortSignal.any([signal, AbortSignal.timeout(mirrorMilliseconds)]) });
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = digestOf(bytes, source);
  if (digest !== source.checksum.hex) {
    throw new Error(`${source.checksum.algorithm} is ${digest}, want ${source.checksum.hex} (${bytes.length} bytes, want ${source.bytes})`);
  }
  return bytes;
};

/** Writes beside and renames, so that a file is there whole or not at all. */
const writeWhole = async (file: string, bytes: Uint8Array): Promise<void> => {
  const partial = `${file}.${process.pid}.part`;
  try {
    await writeFile(partial, bytes);
    await rename(partial, file);
  } finally {
    await rm(partial, { force: true });
  }
};

const downloadFile = async (file: string, source: SourceFile, { mirrors, signal }: DownloadOptions): Promise<void> => {
  const refusals: string[] = [];
  for (const mirror of mirrors) {
    const address = new URL(source.name, mirror.endsWith("/") ? mirror : `${mirror}/`).href;
    try {
      await writeWhole(file, await fetchFrom(address, source, signal));
      return;
    } catch (error) {
      signal.throwIfAborted();
      refusals.push(`  ${address}: ${reasonOf(error)}`);
    }
  }
  throw new CliError(
    exitCodes.data,
    [`could not fetch ${source.name}:`, ...refusals, `Copy the file to ${path.dirname(file)} by hand, or name another address with --mirror.`].join("\n"),
  );
};

/** What became of each file. */
export type Fetched = { readonly name: string; readonly path: string; readonly state: "fetched" | "present" };

/**
 * Fetches the files of a data set that are not there with the right checksum yet.
 * @throws CliError naming every mirror and its reason.
 */
export async function* download(source: DataSource, options: DownloadOptions): AsyncGenerator<Fetched, void, void> {
  const folder = path.join(options.target, source.folder);
  await mkdir(folder, { recursive: true });
  for (const file of source.files) {
    const target = path.join(folder, file.name);
    const present = await isPresent(target, file);
    if (!present) await downloadFile(target, file, options);
    yield { name: file.name, path: target, state: present ? "present" : "fetched" };
  }
}
