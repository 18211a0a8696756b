import { execFile } from "node:child_process";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import type { Provenance } from "@allot/ledger";
import { sha256 } from "@allot/spec";
import { numerics } from "@allot/tensor";
import { build } from "./build.ts";
import { gpuFacts } from "./gpu-facts.ts";

const execute = promisify(execFile);

/** All that is known before a lane has read its data. */
export type BaseProvenance = Omit<Provenance, "data">;

export interface ProvenanceOptions {
  /** Version of Allot. */
  readonly version: string;
  /** The manifest's path and bytes. */
  readonly manifest: { readonly file: string; readonly text: string };
  readonly engine: string;
  readonly signal: AbortSignal;
}

/** Where what happens came from: code, lockfile, manifest, its folder's commit, engine and host. */
export const baseProvenance = async ({ version, manifest, engine, signal }: ProvenanceOptions): Promise<BaseProvenance> => {
  const git = await gitFacts(path.dirname(path.resolve(manifest.file)), signal);
  return {
    allot: version,
    lockfile: build().lockfile,
    manifest: sha256(manifest.text),
    ...(git ? { git } : {}),
    engine: engineFacts(engine, version),
    host: hostFacts(),
  };
};

/** Commit and dirty flag of a folder; undefined where it is in no repository or git is not there. */
export const gitFacts = async (folder: string, signal: AbortSignal): Promise<{ commit: string; dirty: boolean } | undefined> => {
  try {
    const commit = await execute("git", ["-C", folder, "rev-parse", "HEAD"], { signal });
    const status = await execute("git", ["-C", folder, "status", "--porcelain", "--", "."], { signal });
    return { commit: commit.stdout.trim(), dirty: status.stdout.trim() !== "" };
  } catch {
    signal.throwIfAborted();
    return undefined;
  }
};

export const engineFacts = (name: string, version: string): Provenance["engine"] => ({ name, version, numerics });

/** What of a machine can change times, never results. */
export const hostFacts = (): Record<string, string> => ({
  node: process.versions.node,
  platform: `${process.platform} ${process.arch}`,
  processor: os.cpus()[0]?.model.trim() ?? "unknown",
  cores: String(os.availableParallelism()),
  memoryGigabytes: (os.totalmem() / 2 ** 30).toFixed(1),
  ...gpuFacts(),
});
