import { type ChildProcess, fork } from "node:child_process";
import type { Log } from "@allot/runtime";
import { laneExit } from "./launch.ts";

export interface PodCrewOptions {
  /** The lane of the whole pod; its threads are `<lane>.0`, `<lane>.1`, … */
  readonly lane: string;
  readonly threads: number;
  /** What all of them may take. */
  readonly memoryBytes: number;
  readonly environment: NodeJS.ProcessEnv;
  /** The script that is a lane. */
  readonly entry: string;
  readonly log: Log;
}

/**
 * Runs a lane's threads as processes of their own, so that each has its own engine, memory and packs. They live and die as
 * one: when one fails the others give their packs back, and the pod is started again as a whole.
 * @returns the exit code of the pod.
 */
export const podCrew = async (
  { lane, threads, memoryBytes, environment, entry, log }: PodCrewOptions,
  { signal }: { signal: AbortSignal },
): Promise<number> => {
  const share = String(Math.floor(memoryBytes / threads));
  const children = Array.from({ length: threads }, (_, thread) =>
    fork(entry, [], { env: { ...environment, ALLOT_LANE: `${lane}.${thread}`, ALLOT_LANE_THREADS: "1", ALLOT_LANE_MEMORY: share } }),
  );
  const dismiss = (): void => {
    for (const child of children) child.kill("SIGTERM");
  };
  signal.addEventListener("abort", dismiss, { once: true });
  let first: number = laneExit.ended;
  await Promise.all(
    children.map(async (child, thread) => {
      const code = await exitOf(child);
      if (code === laneExit.ended || first !== laneExit.ended) return;
      first = code;
      if (signal.aborted) return;
      log.warn("a thread of the lane has ended; so do the others", { thread, code });
      dismiss();
    }),
  );
  signal.removeEventListener("abort", dismiss);
  return signal.aborted ? laneExit.preempted : first;
};

/** A process that is killed, or can't be started, has failed. */
const exitOf = async (child: ChildProcess): Promise<number> =>
  new Promise((resolve) => {
    child.once("error", () => resolve(laneExit.failed));
    child.once("exit", (code) => resolve(code ?? laneExit.failed));
  });
