import { copyFile, mkdir, rename } from "node:fs/promises";
import path from "node:path";

export interface AgentFiles {
  /** Path of Node's program; the running one unless told. */
  readonly node?: string;
  /** Path of a lane in one file; the script that this process was started with unless told. */
  readonly lane?: string;
}

/**
 * Copies a lane to a folder, so that `<folder>/node <folder>/lane.mjs` runs it in an image that has neither. A file appears
 * whole or not at all, so that an install that was interrupted can be repeated.
 * @throws Error of the file system, which names the path
 */
export const installAgent = async (folder: string, { node = process.execPath, lane = process.argv[1] ?? "" }: AgentFiles = {}): Promise<void> => {
  await mkdir(folder, { recursive: true });
  for (const [name, source] of [
    ["node", node],
    ["lane.mjs", lane],
  ] as const) {
    const whole = path.join(folder, name);
    await copyFile(source, `${whole}.part`);
    await rename(`${whole}.part`, whole);
  }
};
