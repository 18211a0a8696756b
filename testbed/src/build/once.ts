import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { dyingWithParent } from "../process/parent.ts";

/**
 * A folder that is built once, however many processes ask for it at the same time.
 * It appears whole or not at all; who is killed while building leaves the turn to the next.
 * @param folder named by a hash of all that decides what is in it.
 * @param build fills the empty folder that it is given, on the same file system.
 */
export const builtOnce = async (folder: string, build: (target: string) => Promise<void>): Promise<string> => {
  if (existsSync(folder)) return folder;
  await mkdir(dirname(folder), { recursive: true });
  const release = await lock(`${folder}.lock`);
  try {
    if (existsSync(folder)) return folder;
    const target = `${folder}.building`;
    // One who was killed while building may have left some.
    await rm(target, { recursive: true, force: true });
    await mkdir(target);
    try {
      await build(target);
      await rename(target, folder);
    } finally {
      await rm(target, { recursive: true, force: true });
    }
    return folder;
  } finally {
    await release();
  }
};

/** Waits for a lock that the kernel takes back when this process dies: `flock` holds it while its input is open. */
const lock = async (file: string): Promise<() => Promise<void>> => {
  const [command, ...args] = dyingWithParent("flock", [file, "sh", "-c", "echo held; read -r _"]);
  const holder = spawn(command, args, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(holder, "exit");
  const held = await Promise.race([once(holder.stdout, "data").then(() => true), exited.then(() => false)]);
  if (!held) throw new Error(`testbed: flock could not lock ${file}`);
  return async () => {
    holder.stdin.end();
    await exited;
  };
};
