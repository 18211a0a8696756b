import { readFile } from "node:fs/promises";
import { systemClock } from "@allot/runtime";

/** When a process started, in clock ticks since the machine did: pids are used again, and this tells them apart. Undefined when it is gone. */
export const startOf = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The name in parentheses may hold spaces. After it stands the state: Z for one that only waits to be reaped.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields?.[0] === "Z" ? undefined : fields?.[19];
};

/** Processes that a process's main thread has started. */
export const childrenOf = async (pid: number): Promise<number[]> => {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, "utf8").catch(() => "");
  return text
    .split(" ")
    .filter((one) => one !== "")
    .map(Number);
};

/** Resolves when none of the processes lives. @throws when one still does after a minute */
export const allGone = async (pids: readonly number[]): Promise<void> => {
  const signal = AbortSignal.timeout(60_000);
  for (const pid of pids) while ((await startOf(pid)) !== undefined) await systemClock.sleep(10, { signal });
};
