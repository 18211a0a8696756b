/** What a whole process costs, those that it starts and waits for included. */
import { spawnSync } from "node:child_process";
import { onOneCpu } from "../conversation.ts";

export interface Cost {
  /** Seconds on the clock. */
  readonly wall: number;
  /** CPU seconds. */
  readonly cpu: number;
}

/** Runs a command on one CPU to its end; what it prints comes back. Wants bash, whose `time` counts. Throws where it does not exit with 0. */
export function timed(command: readonly [string, ...string[]], env: NodeJS.ProcessEnv): Cost & { stdout: string } {
  const script = 'TIMEFORMAT="%R %U %S"; time "$@"';
  const { status, stdout, stderr, error } = spawnSync("bash", ["-c", script, "bash", ...onOneCpu(command)], {
    env: { ...env, LC_ALL: "C" },
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  if (status !== 0) throw new Error(`${command.join(" ")}: exit ${status}\n${stderr}`, { cause: error });
  const [wall, user, system] = (/(\S+) (\S+) (\S+)\n$/.exec(stderr) ?? []).slice(1).map(Number);
  return { wall: wall!, cpu: user! + system!, stdout };
}
