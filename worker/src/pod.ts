import { writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { jsonLog, type Log, systemClock } from "@allot/runtime";
import { installAgent } from "./install.ts";
import { laneExit } from "./launch.ts";
import { podCrew } from "./pod-crew.ts";
import { podLane } from "./pod-lane.ts";
import { Misconfigured, podSettings } from "./pod-settings.ts";
import { testSelf } from "./self-test.ts";

/** Where Kubernetes reads why a container ended. */
const terminationLog = "/dev/termination-log";

const say = (log: Log, message: string): void => {
  log.warn(message);
  try {
    writeFileSync(terminationLog, message);
  } catch {
    // Not in a pod: the log has said it.
  }
};

/** `self-test [devices]`: a line of JSON, and whether this container computes on a GPU as its exit code. @param devices the folder of device files */
const selfTest = (devices: string | undefined): number => {
  const result = testSelf(process.env, devices);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  return result.reason === undefined ? laneExit.ended : laneExit.misconfigured;
};

/** A lane as a pod's process, or one of its threads: it works until its sweep is closed. */
const main = async (log: Log): Promise<number> => {
  const [, , command, folder] = process.argv;
  if (command === "install" && folder !== undefined) {
    await installAgent(folder);
    return laneExit.ended;
  }
  if (command === "self-test") return selfTest(folder);
  const ending = new AbortController();
  process.on("SIGTERM", () => ending.abort());
  // A thread's parent is gone.
  process.on("disconnect", () => ending.abort());
  try {
    const settings = podSettings(process.env, os.totalmem());
    const told = log.with({ lane: settings.lane, sweep: settings.sweep });
    const [, entry = ""] = process.argv;
    if (settings.threads > 1) return await podCrew({ ...settings, environment: process.env, entry, log: told }, { signal: ending.signal });
    const data = { environment: process.env, home: os.homedir(), scratch: process.env["ALLOT_CACHE"] ?? path.join(os.tmpdir(), "allot") };
    await podLane({ settings, data, log: told, clock: systemClock }, { signal: ending.signal });
    return ending.signal.aborted ? laneExit.preempted : laneExit.ended;
  } catch (error) {
    if (ending.signal.aborted) return laneExit.preempted;
    const wrong = error instanceof Misconfigured;
    say(log, error instanceof Error ? (wrong ? error.message : (error.stack ?? error.message)) : String(error));
    return wrong ? laneExit.misconfigured : laneExit.failed;
  }
};

const log = jsonLog({ clock: systemClock, write: (line) => void process.stdout.write(line) });
// What a library leaves open must not keep a pod that has done its work.
process.exit(await main(log));
