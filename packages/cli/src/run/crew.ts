import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Clock } from "@allot/runtime";
import { serveTransport, type Transport } from "@allot/transport";
import { type LaneLaunch, laneEntry, laneExit } from "@allot/worker";
import { CliError, exitCodes } from "../exit.ts";

export interface CrewOptions {
  readonly transport: Transport;
  readonly lanes: number;
  readonly launch: Omit<LaneLaunch, "lane">;
  readonly clock: Clock;
  /** Whether a lane has ever been given a pack: one that dies before is not worth starting again and again. */
  readonly hasWorked: (lane: string) => boolean;
  readonly onLane: (news: LaneNews) => void;
}

/** What becomes of a lane process; `how` it died: an exit code or a signal. */
export type LaneNews = { readonly lane: string; readonly pid: number | undefined } & (
  | { readonly state: "started" | "ended" }
  | { readonly state: "died"; readonly how: string }
);

/** Lanes in a row that may die before they work at all: of themselves, or killed from outside, which may pass. */
const stillborn = { crashed: 3, killed: 20 };
const keptErrorText = 4000;

interface Member {
  readonly child: ChildProcess;
  readonly exited: Promise<void>;
}

/** The lane processes of a run: starts them, replaces those that die, ends with the last one. */
export class Crew {
  readonly #options: CrewOptions;
  readonly #members = new Map<string, Member>();
  #started = 0;
  #diedUnborn = 0;
  #ending = false;
  #failure: CliError | undefined;

  constructor(options: CrewOptions) {
    this.#options = options;
    for (let i = 0; i < options.lanes; i++) this.#start();
  }

  /** Those who end from now on are not replaced. */
  end(): void {
    this.#ending = true;
  }

  /** Waits until no lane is left. @throws CliError when lanes can't be started. */
  async join(): Promise<void> {
    while (this.#members.size > 0) await Promise.all([...this.#members.values()].map(({ exited }) => exited));
    if (this.#failure) throw this.#failure;
  }

  /** Ends lanes that are still there after the grace time; their packs are not sealed. */
  async dismiss(graceMilliseconds: number): Promise<void> {
    this.end();
    const grace = new AbortController();
    const joined = this.join().finally(() => grace.abort());
    await this.#options.clock.sleep(graceMilliseconds, { signal: grace.signal }).catch(() => undefined);
    for (const { child } of this.#members.values()) child.kill("SIGKILL");
    await joined;
  }

  #start(): void {
    const lane = `lane-${this.#started++}`;
    const launch: LaneLaunch = { ...this.#options.launch, lane };
    const child = fork(fileURLToPath(laneEntry), [JSON.stringify(launch)], { serialization: "advanced", stdio: ["ignore", "ignore", "pipe", "ipc"] });
    const stop = serveTransport(this.#options.transport, child);
    let errors = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      errors = (errors + text).slice(-keptErrorText);
    });
    const exited = new Promise<void>((resolve) => {
      const ended = (code: number | null, killedBy: string | null): void => {
        stop();
        this.#members.delete(lane);
        this.#takeLeave({ lane, pid: child.pid, code, how: killedBy ?? `exit ${code}`, errors });
        resolve();
      };
      child.once("close", ended);
      child.once("error", (error) => {
        errors += error.message;
        if (child.pid === undefined) ended(null, "could not be started");
      });
    });
    this.#members.set(lane, { child, exited });
    this.#options.onLane({ lane, pid: child.pid, state: "started" });
  }

  /** Reports a lane that is gone, and starts another in place of one that died. */
  #takeLeave({ lane, pid, code, how, errors }: { lane: string; pid: number | undefined; code: number | null; how: string; errors: string }): void {
    // A signal to the whole process group reaches the lanes too: while all are to go, that is no death.
    if (code === laneExit.ended || (this.#ending && code === laneExit.preempted)) {
      this.#options.onLane({ lane, pid, state: "ended" });
      return;
    }
    this.#options.onLane({ lane, pid, state: "died", how });
    if (this.#ending || this.#failure) return;
    this.#diedUnborn = this.#options.hasWorked(lane) ? 0 : this.#diedUnborn + 1;
    if (code === laneExit.misconfigured || this.#diedUnborn >= (code === null ? stillborn.killed : stillborn.crashed)) {
      this.#fail(`lanes can't be started (${how}):\n${errors.trim()}`);
      return;
    }
    this.#start();
  }

  #fail(message: string): void {
    this.#failure = new CliError(exitCodes.failed, message);
    this.#options.transport.control.set("stop");
  }
}
