import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { allGone, startOf } from "../process/processes.ts";

/** The process that keeps a testbed up. */
interface State {
  readonly pid: number;
  readonly started: string;
}

const file = (folder: string): string => join(folder, "state.json");

/** Pid of the process that keeps the testbed of a folder up; undefined when none does. */
const runningIn = async (folder: string): Promise<number | undefined> => {
  const text = await readFile(file(folder), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const { pid, started } = JSON.parse(text) as State;
  return (await startOf(pid)) === started ? pid : undefined;
};

/**
 * Makes the folder this process's, empty and closed to others.
 * @throws Error when another process keeps a testbed up in it.
 */
export const claim = async (folder: string): Promise<void> => {
  const pid = await runningIn(folder);
  if (pid !== undefined) throw new Error(`a testbed is up in ${folder} (process ${pid}): \`pnpm testbed down\` ends it, \`--folder\` starts another`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const state: State = { pid: process.pid, started: (await startOf(process.pid)) ?? "" };
  await writeFile(file(folder), JSON.stringify(state));
};

/** Ends the testbed of a folder and waits until its process is gone; false when none was up. @throws when it still is there after a minute */
export const endTestbedIn = async (folder: string): Promise<boolean> => {
  const pid = await runningIn(folder);
  if (pid === undefined) return false;
  process.kill(pid, "SIGTERM");
  await allGone([pid]);
  return true;
};
