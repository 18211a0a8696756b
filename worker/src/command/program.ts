import { type Dirent } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { type Command, manifestError, type ProgramIdentity, pinnedDigest, programIssues, type Sweep, sha256 } from "@allot/spec";

/** Which program a sweep runs, and where. */
export interface Program {
  readonly identity: ProgramIdentity;
  /** Its working folder; undefined where that is the image's to say. */
  readonly folder: string | undefined;
}

/** The program of a lane in a pod: what the manifest says of the image it runs in. */
export const imageProgram = ({ image, version }: Command): Program => {
  const digest = pinnedDigest(image);
  return { identity: { ...(digest === undefined ? {} : { image: digest }), ...(version === undefined ? {} : { version }) }, folder: undefined };
};

/**
 * The program of a sweep on this machine: it runs in the manifest's folder, and is told from another by its version and the
 * contents of its source files.
 * @throws ManifestError where neither is given, or a source is not there.
 */
export const localProgram = async (sweep: Sweep, folder: string): Promise<Program> => {
  const { command } = sweep.spec.trainer;
  const issues = programIssues(sweep.spec, "laptop");
  if (issues.length > 0) throw manifestError(sweep, issues);
  const sources: Record<string, string> = {};
  for (const [index, source] of (command?.sources ?? []).entries()) {
    const found = await filesBelow(folder, source).catch(() => undefined);
    if (!found) {
      const message = `${source} is not a file or folder that can be read in ${folder}: paths are relative to the manifest's folder`;
      throw manifestError(sweep, [{ path: ["spec", "trainer", "command", "sources", index], message, by: "semantics", value: source }]);
    }
    for (const file of found) sources[file] = sha256(await readFile(path.join(folder, file)));
  }
  return { identity: { ...(command?.version === undefined ? {} : { version: command.version }), ...(command?.sources ? { sources } : {}) }, folder };
};

/** What running a program leaves beside its sources. */
const isByproduct = ({ name }: Dirent): boolean => name.startsWith(".") || name === "__pycache__" || name === "node_modules";

/** A file itself, or all below a folder but hidden ones and by-products; relative to `folder`, sorted, with slashes. */
const filesBelow = async (folder: string, source: string): Promise<string[]> => {
  const relative = path.posix.normalize(source).replace(/\/$/, "");
  if ((await stat(path.join(folder, relative))).isFile()) return [relative];
  const entries = await readdir(path.join(folder, relative), { withFileTypes: true });
  const wanted = entries.filter((entry) => !isByproduct(entry)).sort((a, b) => (a.name < b.name ? -1 : 1));
  const nested = await Promise.all(wanted.map(async ({ name }) => filesBelow(folder, path.posix.join(relative, name))));
  return nested.flat();
};
