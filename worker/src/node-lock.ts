import { open, rm, stat, utimes } from "node:fs/promises";
import { type Clock, TaskGroup } from "@allot/runtime";

export interface LockOptions {
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

/** How often (ms) a holder says that it lives, and how long it may be silent: it can be a pod whose processes nobody else sees. */
const beat = 1000;
const silence = 10_000;
const pause = 200;

const take = async (file: string): Promise<boolean> => {
  try {
    await (await open(file, "wx")).close();
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw error;
  }
};

const isAbandoned = async (file: string, now: number): Promise<boolean> => {
  const held = await stat(file).catch(() => undefined);
  return held !== undefined && now - held.mtimeMs > silence;
};

/**
 * Runs `work` while no other process of the node does, as far as a file can say: two may run at once where one was stopped
 * for long, so `work` must bear that.
 * @param file on a file system of the node, its folder must exist.
 */
export const withLock = async <T>(file: string, work: () => Promise<T>, { clock, signal }: LockOptions): Promise<T> => {
  while (!(await take(file))) {
    if (await isAbandoned(file, clock.now())) await rm(file, { force: true });
    else await clock.sleep(pause, { signal });
  }
  const beating = new TaskGroup(signal);
  beating.start(async (life) => {
    while (!life.aborted) {
      await clock.sleep(beat, { signal: life });
      await utimes(file, clock.now() / 1000, clock.now() / 1000).catch(() => undefined);
    }
  });
  try {
    return await work();
  } finally {
    beating.abort();
    await beating.join();
    await rm(file, { force: true });
  }
};
