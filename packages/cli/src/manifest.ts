import { readFile } from "node:fs/promises";
import path from "node:path";
import { parseManifests, type Sweep } from "@allot/spec";
import type { Context } from "./context.ts";
import { CliError, exitCodes } from "./exit.ts";

/** A manifest file as read: every document of it is a sweep. */
export interface ManifestFile {
  /** As given, for messages. */
  readonly file: string;
  readonly text: string;
  readonly sweeps: readonly Sweep[];
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file",
  EISDIR: "is a folder; give the manifest file in it",
  EACCES: "permission denied",
};

/** Reads and checks a manifest file. @throws CliError, ManifestError */
export const readManifest = async (file: string, { cwd, signal }: Pick<Context, "cwd" | "signal">): Promise<ManifestFile> => {
  const text = await readFile(path.resolve(cwd, file), { encoding: "utf8", signal }).catch((error: NodeJS.ErrnoException) => {
    signal.throwIfAborted();
    throw new CliError(exitCodes.usage, `${file}: ${reasons[error.code ?? ""] ?? error.message}`);
  });
  const sweeps = parseManifests(text, file);
  if (sweeps.length === 0) throw new CliError(exitCodes.usage, `${file}: holds no Sweep; the first line should be "apiVersion: allot.dev/v1alpha1"`);
  return { file, text, sweeps };
};
