import os from "node:os";
import type { Store } from "@allot/store";

/** Below this folder of a sweep's store each run that trains has an empty file, `<process id>@<host>`. */
const prefix = "runs/";

/** A run that trains, or was killed on another host: only there it can be told. */
export interface TrainingRun {
  readonly key: string;
  readonly process: number;
  readonly host: string;
}

const isAlive = (id: number): boolean => {
  try {
    return process.kill(id, 0);
  } catch (error) {
    // Of another user.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
};

const marks = async (store: Store, signal: AbortSignal): Promise<TrainingRun[]> => {
  const found: TrainingRun[] = [];
  for await (const { key } of store.list(prefix, { signal })) {
    const [, id, host] = /^runs\/(\d+)@(.+)$/.exec(key) ?? [];
    if (id !== undefined && host !== undefined) found.push({ key, process: Number(id), host });
  }
  return found;
};

const isOver = ({ process: id, host }: TrainingRun): boolean => host === os.hostname() && !isAlive(id);

/** Runs that train the sweep now, as far as can be told. */
export const trainingRuns = async (store: Store, { signal }: { signal: AbortSignal }): Promise<TrainingRun[]> =>
  (await marks(store, signal)).filter((mark) => !isOver(mark));

/** Trains with a mark beside the results. Takes away the marks of runs that were killed. */
export const marked = async <T>(store: Store, train: () => Promise<T>): Promise<T> => {
  const { signal } = new AbortController();
  for (const { key } of (await marks(store, signal)).filter(isOver)) await store.delete(key, { signal });
  const own = `${prefix}${process.pid}@${os.hostname()}`;
  await store.put(own, new Uint8Array(0), { signal });
  try {
    return await train();
  } finally {
    await store.delete(own, { signal });
  }
};
